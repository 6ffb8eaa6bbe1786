-- The book of facts (hash-chained, append-only), what is still to be told, and the orders read from them.

CREATE TABLE events (
    seq            INTEGER PRIMARY KEY,
    stream         TEXT    NOT NULL,
    version        INTEGER NOT NULL CHECK (version >= 1),
    kind           TEXT    NOT NULL,
    at_ns          INTEGER NOT NULL,
    message_id     TEXT    NOT NULL,
    correlation_id TEXT    NOT NULL,
    causation_id   TEXT    NOT NULL,
    body           TEXT    NOT NULL,
    previous_hash  TEXT    NOT NULL,
    hash           TEXT    NOT NULL,
    UNIQUE (stream, version)
) STRICT;

CREATE TRIGGER events_are_never_edited BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'the book of facts is append-only'); END;

CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'the book of facts is append-only'); END;

-- Messages written with a fact and not yet said on the bus. A row leaves when it has been said.
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    topic  TEXT NOT NULL,
    body   TEXT NOT NULL
) STRICT;

CREATE INDEX outbox_by_topic ON outbox (topic, number);

-- The newest state of each order; may be thrown away and rebuilt from events.
CREATE TABLE orders (
    number     INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE,
    account    TEXT    NOT NULL,
    instrument TEXT    NOT NULL,
    run        TEXT,
    is_open    INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    body       TEXT    NOT NULL
) STRICT;

CREATE INDEX orders_by_account    ON orders (account, number);
CREATE INDEX orders_by_instrument ON orders (instrument, number);
CREATE INDEX orders_by_run        ON orders (run, number) WHERE run IS NOT NULL;
CREATE INDEX orders_open          ON orders (number) WHERE is_open = 1;

-- Every execution that was booked, once.
CREATE TABLE order_fills (
    fill     TEXT NOT NULL PRIMARY KEY,
    order_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
