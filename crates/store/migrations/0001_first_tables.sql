-- Types are limited to what SQLite and PostgreSQL share: BIGINT (milliseconds
-- since 1970 UTC, numbers, 0 and 1 for no and yes) and TEXT. No BOOLEAN: the
-- driver that serves both databases cannot read SQLite's.

CREATE TABLE users (
    name           TEXT PRIMARY KEY NOT NULL,
    role           TEXT NOT NULL,
    display_name   TEXT NOT NULL,
    password_hash  TEXT,
    sip_ha1_md5    TEXT NOT NULL,
    sip_ha1_sha256 TEXT NOT NULL,
    sip_realm      TEXT NOT NULL,
    contact_json   TEXT,
    created_at     BIGINT NOT NULL,
    disabled       BIGINT NOT NULL
);

-- Login sessions and program tokens. Only the SHA-256 of a token is kept, so a
-- stolen file lets nobody in.
CREATE TABLE tokens (
    token_sha256 TEXT PRIMARY KEY NOT NULL,
    user_name    TEXT NOT NULL,
    kind         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);

CREATE TABLE settings (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

-- Every input of the routing core, in order. The journal is the truth; the
-- records below can be made again from it.
CREATE TABLE journal (
    seq        BIGINT PRIMARY KEY NOT NULL,
    at_ms      BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    input_json TEXT NOT NULL
);

-- Facts for reports: which journal row caused them, and the how-manieth of it.
CREATE TABLE records (
    seq       BIGINT NOT NULL,
    ordinal   BIGINT NOT NULL,
    at_ms     BIGINT NOT NULL,
    kind      TEXT NOT NULL,
    call_id   TEXT,
    agent     TEXT,
    fact_json TEXT NOT NULL,
    PRIMARY KEY (seq, ordinal)
);
CREATE INDEX records_by_time ON records (at_ms);
CREATE INDEX records_by_call ON records (call_id);

-- Where the sessions of live calls take commands. An access URL is a secret.
CREATE TABLE live_calls (
    session_id TEXT PRIMARY KEY NOT NULL,
    access_url TEXT NOT NULL
);
