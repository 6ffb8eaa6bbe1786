-- What is known about stored series of bars: their grade, and the files they came from.
CREATE TABLE series_files (
    instrument TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    form TEXT NOT NULL,
    row_count INTEGER NOT NULL,
    findings TEXT NOT NULL,
    at_ns INTEGER NOT NULL,
    PRIMARY KEY (instrument, timeframe, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE series_grades (
    instrument TEXT NOT NULL,
    timeframe TEXT NOT NULL,
    grade TEXT NOT NULL CHECK (grade IN ('A', 'B', 'C', 'D', 'F')),
    findings TEXT NOT NULL,
    bar_count INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    PRIMARY KEY (instrument, timeframe)
) STRICT, WITHOUT ROWID;
