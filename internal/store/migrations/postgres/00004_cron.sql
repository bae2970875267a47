-- +goose Up

-- Scheduled jobs. The job itself is JSON; the columns beside it are what jobs
-- are looked up by.
CREATE TABLE cron_jobs (
    id             TEXT    NOT NULL PRIMARY KEY,
    created_at_ms  BIGINT  NOT NULL,
    enabled        BIGINT  NOT NULL,
    next_run_at_ms BIGINT ,                     -- NULL: never
    running_at_ms  BIGINT ,                     -- NULL: it is not running
    failures       BIGINT  NOT NULL DEFAULT 0,  -- in a row
    job            TEXT    NOT NULL             -- JSON
);

CREATE INDEX cron_jobs_next ON cron_jobs (next_run_at_ms);

-- Runs of jobs. A row is there before its run begins: each time at which a job
-- is due is claimed once, by whoever makes its row.
CREATE TABLE cron_runs (
    job_id        TEXT    NOT NULL,
    slot_at_ms    BIGINT  NOT NULL,             -- when it was due
    forced        BIGINT  NOT NULL,             -- 1: asked for, not due
    state         TEXT    NOT NULL CHECK (state IN ('running', 'ok', 'error', 'skipped')),
    started_at_ms BIGINT  NOT NULL,
    missed        BIGINT  NOT NULL DEFAULT 0,   -- further times that had passed
    ended_at_ms   BIGINT ,
    entry         TEXT    NOT NULL DEFAULT '',  -- JSON, of a run that ended
    PRIMARY KEY (job_id, slot_at_ms, forced)
);

CREATE INDEX cron_runs_ended ON cron_runs (job_id, ended_at_ms);
CREATE INDEX cron_runs_state ON cron_runs (state);
