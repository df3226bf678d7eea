-- Call lists and their tasks, as JSON. Row 0 of the lists is the counter of ids.
-- A task whose list is not there is a list half written or half removed.
CREATE TABLE call_lists (
    id        BIGINT PRIMARY KEY NOT NULL,
    body_json TEXT NOT NULL
);

CREATE TABLE call_list_tasks (
    id        BIGINT PRIMARY KEY NOT NULL,
    list_id   BIGINT NOT NULL,
    body_json TEXT NOT NULL
);
