-- +goose Up

-- Notes that wait for an agent's next heartbeat.
CREATE TABLE notes (
    seq      INTEGER NOT NULL PRIMARY KEY, -- order in which they were left
    note_key TEXT    NOT NULL UNIQUE,      -- the same for what is left a second time
    agent_id TEXT    NOT NULL,             -- '': the default agent
    text     TEXT    NOT NULL
) STRICT;
