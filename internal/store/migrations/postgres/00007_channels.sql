-- +goose Up

-- Messages on their way out, from their acceptance on, and for a while after
-- their end, so that a repeat is answered as the first was. A row that is being
-- sent while no process sends it was interrupted: it is not known whether the
-- service has that part.
CREATE TABLE channel_outbox (
    seq             BIGINT  NOT NULL PRIMARY KEY, -- order of acceptance
    id              TEXT    NOT NULL UNIQUE,      -- send:<key>, poll:<key>, run:<run id>, …
    params_hash     BYTEA   NOT NULL,             -- SHA-256 of what a repeat has to repeat
    channel         TEXT    NOT NULL,
    account         TEXT    NOT NULL,
    chat            TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown')),
    parts           TEXT    NOT NULL,             -- JSON
    next_part       BIGINT  NOT NULL DEFAULT 0,
    attempts        BIGINT  NOT NULL DEFAULT 0,   -- of that part
    attempted_at_ms BIGINT,                      -- the last of them
    not_before_ms   BIGINT  NOT NULL DEFAULT 0,
    mirror          TEXT    NOT NULL DEFAULT '',  -- JSON: where the text is kept once it is sent
    accepted_at_ms  BIGINT  NOT NULL,
    ended_at_ms     BIGINT,
    receipt         TEXT    NOT NULL DEFAULT '',  -- JSON, of the last part that arrived
    error           TEXT    NOT NULL DEFAULT ''
);

CREATE INDEX channel_outbox_unfinished ON channel_outbox (channel, account, seq) WHERE ended_at_ms IS NULL;
CREATE INDEX channel_outbox_ended ON channel_outbox (ended_at_ms);

-- Messages that came in, once each; what they say, until they were handed on.
CREATE TABLE channel_inbox (
    seq            BIGINT  NOT NULL PRIMARY KEY, -- order of arrival
    channel        TEXT    NOT NULL,
    account        TEXT    NOT NULL,
    chat           TEXT    NOT NULL,
    message_id     TEXT    NOT NULL,
    message        TEXT    NOT NULL,             -- JSON; '' once it was handed on
    attempts       BIGINT  NOT NULL DEFAULT 0,
    received_at_ms BIGINT  NOT NULL,
    ended_at_ms    BIGINT,
    UNIQUE (channel, account, chat, message_id)
);

CREATE INDEX channel_inbox_unfinished ON channel_inbox (channel, account, seq) WHERE ended_at_ms IS NULL;
CREATE INDEX channel_inbox_ended ON channel_inbox (ended_at_ms);

-- Senders whom the configuration does not name: those who were told a code, and
-- those whose code was approved.
CREATE TABLE channel_senders (
    channel         TEXT    NOT NULL,
    account         TEXT    NOT NULL,
    sender          TEXT    NOT NULL,
    chat            TEXT    NOT NULL,
    name            TEXT    NOT NULL DEFAULT '',
    code            TEXT    NOT NULL DEFAULT '',
    requested_at_ms BIGINT  NOT NULL,
    approved_at_ms  BIGINT,                      -- NULL: the code waits
    PRIMARY KEY (channel, account, sender)
);
