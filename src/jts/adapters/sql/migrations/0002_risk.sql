-- What risk knows of each account, what it decided, and the latch of the kill switch. Amounts are exact texts.

-- `version` counts the writes to an account; a copy in memory is good only while it carries the same number.
CREATE TABLE risk_accounts (
    account TEXT    NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    day     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE risk_cash (
    account  TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount   TEXT NOT NULL,
    PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE risk_day_start (
    account  TEXT NOT NULL,
    currency TEXT NOT NULL,
    equity   TEXT NOT NULL,
    PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;

CREATE TABLE risk_holdings (
    account    TEXT NOT NULL,
    instrument TEXT NOT NULL,
    currency   TEXT NOT NULL,
    quantity   TEXT NOT NULL,
    last_price TEXT NOT NULL,
    PRIMARY KEY (account, instrument)
) STRICT, WITHOUT ROWID;

-- One row per open or unknown order.
CREATE TABLE risk_reservations (
    account     TEXT    NOT NULL,
    order_id    TEXT    NOT NULL,
    instrument  TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    side        TEXT    NOT NULL,
    leaves      TEXT    NOT NULL,
    price       TEXT    NOT NULL,
    fee_rate    TEXT    NOT NULL,
    value       TEXT    NOT NULL,
    cash        TEXT    NOT NULL,
    reduce_only INTEGER NOT NULL,
    expires_ns  INTEGER NOT NULL,
    heard       INTEGER NOT NULL,
    PRIMARY KEY (account, order_id)
) STRICT, WITHOUT ROWID;

-- The answer to each intent. `body` is emptied after its keeping time; the row stays, so the intent stays used.
CREATE TABLE risk_decisions (
    number      INTEGER PRIMARY KEY,
    account     TEXT    NOT NULL,
    intent      TEXT    NOT NULL,
    digest      TEXT    NOT NULL,
    at_ns       INTEGER NOT NULL,
    approved    INTEGER NOT NULL,
    fingerprint TEXT    NOT NULL,
    body        TEXT,
    UNIQUE (account, intent)
) STRICT;

CREATE INDEX risk_decisions_pace ON risk_decisions (account, at_ns) WHERE approved = 1;
CREATE INDEX risk_decisions_same ON risk_decisions (account, fingerprint, at_ns) WHERE approved = 1;
CREATE INDEX risk_decisions_kept ON risk_decisions (at_ns) WHERE body IS NOT NULL;

-- Fills and payments that are booked, once each.
CREATE TABLE risk_booked (
    account TEXT NOT NULL,
    fact    TEXT NOT NULL,
    PRIMARY KEY (account, fact)
) STRICT, WITHOUT ROWID;

CREATE TABLE risk_kill (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    body TEXT    NOT NULL
) STRICT;
