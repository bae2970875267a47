-- +goose Up

-- Conversations. The record that clients see is JSON in entry; the columns are
-- made from it, for lists and searches.
CREATE TABLE sessions (
    key           TEXT   NOT NULL PRIMARY KEY, -- canonical
    session_id    TEXT   NOT NULL UNIQUE,      -- of the transcript
    agent_id      TEXT   NOT NULL,             -- '' for the keys global and unknown
    label         TEXT   UNIQUE,
    spawned_by    TEXT,
    updated_at_ms BIGINT NOT NULL,
    search        TEXT   NOT NULL,             -- what a search looks at, in lower case
    entry         TEXT   NOT NULL
);

CREATE INDEX sessions_age ON sessions (updated_at_ms);

-- Transcripts. One is never erased by a reset, a deletion or a compaction: it
-- is marked as put aside, or begins at a later row.
CREATE TABLE transcripts (
    session_id     TEXT   NOT NULL PRIMARY KEY,
    session_key    TEXT   NOT NULL,             -- of the session that has or had it
    first_seq      BIGINT NOT NULL DEFAULT 1,   -- rows before it are put aside
    last_seq       BIGINT NOT NULL DEFAULT 0,
    cut_seq        BIGINT NOT NULL DEFAULT 0,   -- of the last row of kind cut
    title          TEXT   NOT NULL DEFAULT '',  -- from the first user message
    preview        TEXT   NOT NULL DEFAULT '',  -- from the last user or assistant message
    created_at_ms  BIGINT NOT NULL,
    archived_at_ms BIGINT,                      -- NULL while a session has it
    archived_as    TEXT   CHECK (archived_as IN ('reset', 'deleted'))
);

CREATE INDEX transcripts_archive ON transcripts (archived_at_ms) WHERE archived_at_ms IS NOT NULL;

-- What was said, in order. Rows are added and never changed. A message is JSON,
-- without the bytes of its images; a cut says what stands for all before it.
CREATE TABLE transcript_rows (
    session_id TEXT   NOT NULL REFERENCES transcripts (session_id) ON DELETE CASCADE,
    seq        BIGINT NOT NULL,
    kind       TEXT   NOT NULL CHECK (kind IN ('message', 'cut')),
    at_ms      BIGINT NOT NULL,
    body       TEXT   NOT NULL,
    PRIMARY KEY (session_id, seq)
);

-- Images, each kept once.
CREATE TABLE blobs (
    hash          BYTEA  NOT NULL PRIMARY KEY CHECK (length(hash) = 32), -- SHA-256
    mime          TEXT   NOT NULL,
    created_at_ms BIGINT NOT NULL,
    data          BYTEA  NOT NULL
);

-- Which rows have which images. A blob goes with the last row that has it.
CREATE TABLE transcript_blobs (
    hash       BYTEA  NOT NULL REFERENCES blobs (hash),
    session_id TEXT   NOT NULL,
    seq        BIGINT NOT NULL,
    PRIMARY KEY (hash, session_id, seq),
    FOREIGN KEY (session_id, seq) REFERENCES transcript_rows (session_id, seq) ON DELETE CASCADE
);

CREATE INDEX transcript_blobs_row ON transcript_blobs (session_id, seq);

-- What model answers took, added up for each run and model. Money is in
-- thousand millionths of a dollar.
CREATE TABLE usage (
    day         TEXT   NOT NULL, -- YYYY-MM-DD in the gateway's time zone
    agent_id    TEXT   NOT NULL,
    session_key TEXT   NOT NULL,
    run_id      TEXT   NOT NULL,
    provider    TEXT   NOT NULL,
    model       TEXT   NOT NULL,
    answers     BIGINT NOT NULL,
    input       BIGINT NOT NULL,
    output      BIGINT NOT NULL,
    cache_read  BIGINT NOT NULL,
    cache_write BIGINT NOT NULL,
    cost_nanos  BIGINT NOT NULL,
    unpriced    BIGINT NOT NULL, -- answers whose price is not known
    PRIMARY KEY (day, agent_id, session_key, run_id, provider, model)
);
