-- Sessions that are over, as their engine told them, for the management API.
-- `remote_numbers` and `local_numbers` are between and among semicolons.
CREATE TABLE session_history (
    session_id     BIGINT PRIMARY KEY NOT NULL,
    started_at     BIGINT NOT NULL,
    duration_ms    BIGINT NOT NULL,
    application_id BIGINT NOT NULL,
    rule_name      TEXT NOT NULL,
    custom_data    TEXT NOT NULL,
    remote_numbers TEXT NOT NULL,
    local_numbers  TEXT NOT NULL,
    body_json      TEXT NOT NULL
);

CREATE INDEX session_history_by_start ON session_history (started_at);
