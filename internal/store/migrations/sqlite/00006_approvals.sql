-- +goose Up

-- Commands that people were asked about, and what they decided. An approval is
-- for the command of one digest, and is used once.
CREATE TABLE exec_approvals (
    id            TEXT    NOT NULL PRIMARY KEY,
    digest        TEXT    NOT NULL,
    request       TEXT    NOT NULL,             -- JSON, as approvers see it but for the variables
    env           TEXT    NOT NULL DEFAULT '',  -- JSON; '' once nobody has to see it any more
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    decision      TEXT,                         -- NULL: none
    decided_by    TEXT    NOT NULL DEFAULT '',
    decided_at_ms INTEGER,
    delivered     INTEGER NOT NULL DEFAULT 0,   -- 1: who asked was there when it was decided
    spent_at_ms   INTEGER                       -- NULL: nothing ran by it
) STRICT;

CREATE INDEX exec_approvals_created ON exec_approvals (created_at_ms);

-- The wake words, where they are not the default ones.
CREATE TABLE voicewake (
    place INTEGER NOT NULL PRIMARY KEY,
    word  TEXT    NOT NULL
) STRICT;
