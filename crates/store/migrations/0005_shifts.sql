-- The plan of shifts. Those of one agent do not overlap, so agent and start
-- are enough to name one.
CREATE TABLE shifts (
    agent     TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at   BIGINT NOT NULL,
    activity  TEXT NOT NULL,
    paid      BIGINT NOT NULL,
    PRIMARY KEY (agent, starts_at)
);

CREATE INDEX shifts_by_start ON shifts (starts_at);
