-- +goose Up

-- Polls in Slack, which has none: messages with buttons. A poll is here before
-- its message is sent, so that no vote can come too early.
CREATE TABLE slack_polls (
    id            TEXT    NOT NULL PRIMARY KEY, -- of the outbox's part
    account       TEXT    NOT NULL,
    chat          TEXT    NOT NULL DEFAULT '',  -- of the message, once known
    message       TEXT    NOT NULL DEFAULT '',  -- its timestamp, likewise
    poll          TEXT    NOT NULL,             -- JSON: question, options, choices
    created_at_ms BIGINT  NOT NULL,
    closes_at_ms  BIGINT,                       -- NULL: never
    version       BIGINT  NOT NULL DEFAULT 0,   -- grows with each change
    shown         BIGINT  NOT NULL DEFAULT 0,   -- the version that the message shows
    closed        BIGINT  NOT NULL DEFAULT 0    -- 1: the message shows that it is closed
);

CREATE INDEX slack_polls_account ON slack_polls (account, created_at_ms);

-- What somebody chose.
CREATE TABLE slack_votes (
    poll     TEXT NOT NULL REFERENCES slack_polls (id) ON DELETE CASCADE,
    voter    TEXT NOT NULL,
    choices  TEXT NOT NULL, -- JSON: numbers of options
    acted_at TEXT NOT NULL, -- Slack's timestamp of the click: an older one changes nothing
    PRIMARY KEY (poll, voter)
);

-- Threads in which the bot has spoken: what is said there is meant for it.
CREATE TABLE slack_threads (
    account     TEXT    NOT NULL,
    chat        TEXT    NOT NULL,
    thread      TEXT    NOT NULL,
    spoke_at_ms BIGINT  NOT NULL,
    PRIMARY KEY (account, chat, thread)
);
