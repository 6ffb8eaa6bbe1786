CREATE TABLE strategy_runs (
    run         TEXT PRIMARY KEY,
    epoch       INTEGER NOT NULL,
    account     TEXT NOT NULL,
    text        TEXT NOT NULL,
    plan        TEXT NOT NULL,
    parameters  TEXT NOT NULL,
    state       TEXT NOT NULL,
    message     TEXT NOT NULL,
    started_ns  INTEGER NOT NULL,
    last_bar_ns INTEGER NOT NULL,
    bars_seen   INTEGER NOT NULL,
    snapshot    BLOB NOT NULL,
    by_whom     TEXT NOT NULL
);

CREATE TABLE strategy_slots (
    client_order TEXT PRIMARY KEY,
    run          TEXT NOT NULL,
    epoch        INTEGER NOT NULL,
    slot         INTEGER NOT NULL,
    is_open      INTEGER NOT NULL,
    is_exit      INTEGER NOT NULL,
    events_seen  INTEGER NOT NULL,
    wish         BLOB,
    decided_ns   INTEGER NOT NULL,
    UNIQUE (run, epoch, slot)
);

CREATE TABLE strategy_decisions (
    run      TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    at_ns    INTEGER NOT NULL,
    body     BLOB NOT NULL,
    PRIMARY KEY (run, sequence)
) WITHOUT ROWID;

CREATE TABLE documents (
    collection TEXT NOT NULL,
    id         TEXT NOT NULL,
    version    INTEGER NOT NULL,
    body       TEXT NOT NULL,
    at_ns      INTEGER NOT NULL,
    PRIMARY KEY (collection, id)
) WITHOUT ROWID;
