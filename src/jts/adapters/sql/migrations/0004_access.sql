-- Who may come in: one-time links, sessions and keys. Secrets are kept as SHA-256 digests only.

CREATE TABLE sign_in_links (
    id         TEXT    NOT NULL PRIMARY KEY,
    digest     TEXT    NOT NULL,
    created_ns INTEGER NOT NULL,
    expires_ns INTEGER NOT NULL,
    is_usable  INTEGER NOT NULL CHECK (is_usable IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id           TEXT    NOT NULL PRIMARY KEY,
    digest       TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    scope        TEXT    NOT NULL CHECK (scope IN ('read', 'trade', 'owner')),
    created_ns   INTEGER NOT NULL,
    expires_ns   INTEGER NOT NULL,
    last_seen_ns INTEGER NOT NULL,
    ended_ns     INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    digest       TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    scope        TEXT    NOT NULL CHECK (scope IN ('read', 'trade')),
    created_ns   INTEGER NOT NULL,
    expires_ns   INTEGER,
    last_used_ns INTEGER,
    revoked_ns   INTEGER
) STRICT, WITHOUT ROWID;

-- The first answer to each request that carried an idempotency key.
CREATE TABLE answers (
    principal   TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    route       TEXT    NOT NULL,
    body_digest TEXT    NOT NULL,
    status      INTEGER NOT NULL,
    body        BLOB    NOT NULL,
    at_ns       INTEGER NOT NULL,
    PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX answers_by_age ON answers (at_ns);
