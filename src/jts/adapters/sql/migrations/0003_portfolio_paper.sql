-- What is owned: fills and cash movements as they were booked, their postings, and what follows from them.

CREATE TABLE portfolio_fills (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    account    TEXT NOT NULL,
    instrument TEXT NOT NULL,
    body       TEXT NOT NULL
) STRICT;

CREATE INDEX portfolio_fills_by_account ON portfolio_fills (account, number);

CREATE TABLE portfolio_movements (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT    NOT NULL UNIQUE,
    account  TEXT    NOT NULL,
    currency TEXT    NOT NULL,
    amount   TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    at_ns    INTEGER NOT NULL
) STRICT;

CREATE TABLE portfolio_postings (
    source     TEXT    NOT NULL,
    line       INTEGER NOT NULL,
    account    TEXT    NOT NULL,
    book       TEXT    NOT NULL,
    currency   TEXT    NOT NULL,
    amount     TEXT    NOT NULL,
    instrument TEXT,
    PRIMARY KEY (source, line)
) STRICT, WITHOUT ROWID;

-- Read from the above; may be thrown away and rebuilt.
CREATE TABLE portfolio_positions (
    account    TEXT    NOT NULL,
    instrument TEXT    NOT NULL,
    currency   TEXT    NOT NULL,
    quantity   TEXT    NOT NULL,
    cost       TEXT    NOT NULL,
    earned     TEXT    NOT NULL,
    fees       TEXT    NOT NULL,
    taxes      TEXT    NOT NULL,
    opened_ns  INTEGER,
    updated_ns INTEGER NOT NULL,
    PRIMARY KEY (account, instrument)
) STRICT, WITHOUT ROWID;

CREATE TABLE portfolio_balances (
    account  TEXT NOT NULL,
    currency TEXT NOT NULL,
    cash     TEXT NOT NULL,
    deposits TEXT NOT NULL,
    PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;

-- What was seen and cannot be rebuilt, and is not owed: last prices, where each day began, the equity curve.
CREATE TABLE portfolio_marks (
    instrument TEXT    NOT NULL PRIMARY KEY,
    price      TEXT    NOT NULL,
    at_ns      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE portfolio_days (
    account  TEXT NOT NULL,
    currency TEXT NOT NULL,
    day      TEXT NOT NULL,
    equity   TEXT NOT NULL,
    deposits TEXT NOT NULL,
    PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE portfolio_equity (
    account  TEXT    NOT NULL,
    currency TEXT    NOT NULL,
    at_ns    INTEGER NOT NULL,
    equity   TEXT    NOT NULL,
    PRIMARY KEY (account, currency, at_ns)
) STRICT, WITHOUT ROWID;

-- The paper venue's own book: what it accepted and what it traded, as a real venue would remember it.
CREATE TABLE paper_orders (
    account   TEXT    NOT NULL,
    id        TEXT    NOT NULL,
    is_open   INTEGER NOT NULL,
    placed_ns INTEGER NOT NULL,
    touched_ns INTEGER NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX paper_orders_open    ON paper_orders (account, placed_ns) WHERE is_open = 1;
CREATE INDEX paper_orders_touched ON paper_orders (account, touched_ns);

CREATE TABLE paper_holdings (
    account TEXT NOT NULL,
    asset   TEXT NOT NULL,
    amount  TEXT NOT NULL,
    PRIMARY KEY (account, asset)
) STRICT, WITHOUT ROWID;
