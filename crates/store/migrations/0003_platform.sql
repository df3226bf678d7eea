-- What the management API keeps: applications, scenarios, rules, secrets, as
-- JSON with their kind inside. Row 0 is the counter of ids.
CREATE TABLE platform_objects (
    id        BIGINT PRIMARY KEY NOT NULL,
    body_json TEXT NOT NULL
);

-- Keys of programs. `verifier` cannot be used to sign in: a public key (PEM)
-- for kind `service`, a SHA-256 for kind `api`.
CREATE TABLE service_keys (
    key_id     TEXT PRIMARY KEY NOT NULL,
    kind       TEXT NOT NULL,
    verifier   TEXT NOT NULL,
    note       TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
