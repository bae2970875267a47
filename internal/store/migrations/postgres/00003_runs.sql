-- +goose Up

-- Agent runs, from their acceptance on. The request stands here, with the
-- message, until the run has ended; the message stands in a transcript from the
-- run's start on.
CREATE TABLE runs (
    seq            BIGINT  NOT NULL PRIMARY KEY, -- order of acceptance
    id             TEXT    NOT NULL UNIQUE,      -- the idempotency key
    kind           TEXT    NOT NULL,
    params_hash    BYTEA   NOT NULL,             -- SHA-256
    session_key    TEXT    NOT NULL,
    session_id     TEXT    NOT NULL DEFAULT '',
    lane           TEXT    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('queued', 'running', 'ok', 'error', 'aborted', 'timeout')),
    attempts       BIGINT  NOT NULL DEFAULT 0,   -- how often it began
    request        TEXT    NOT NULL,             -- JSON
    accepted_at_ms BIGINT  NOT NULL,
    started_at_ms  BIGINT ,
    ended_at_ms    BIGINT ,
    error          TEXT    NOT NULL DEFAULT '',  -- JSON
    result         TEXT    NOT NULL DEFAULT '',  -- JSON
    stop           TEXT    NOT NULL DEFAULT ''
);

CREATE INDEX runs_ended ON runs (ended_at_ms);
