-- Attempts of call lists that are over, as JSON, for the reports. They outlive their
-- list.
CREATE TABLE call_list_attempts (
    task_id   BIGINT NOT NULL,
    attempt   BIGINT NOT NULL,
    began_at  BIGINT NOT NULL,
    body_json TEXT NOT NULL,
    PRIMARY KEY (task_id, attempt)
);

CREATE INDEX call_list_attempts_by_start ON call_list_attempts (began_at, task_id, attempt);
