-- The routing core's state after a journal row: a start reads one and replays
-- only the rows after it.
CREATE TABLE snapshots (
    seq        BIGINT PRIMARY KEY NOT NULL,
    at_ms      BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    sources    TEXT NOT NULL,
    state_json TEXT NOT NULL
);

-- Who owns the centre. Every write of the journal carries its owner's epoch;
-- one with an older epoch than this row's is refused.
CREATE TABLE centre_lease (
    name       TEXT PRIMARY KEY NOT NULL,
    epoch      BIGINT NOT NULL,
    holder     TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
INSERT INTO centre_lease (name, epoch, holder, expires_at) VALUES ('centre', 0, '', 0);
