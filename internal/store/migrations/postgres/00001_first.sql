-- +goose Up

-- Facts about the database itself, such as the generation: how often it was
-- opened for writing.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Answers of calls that carry an idempotency key. The bytes stand last, so
-- that the other columns are read without walking through them.
CREATE TABLE idempotency (
    kind           TEXT    NOT NULL,
    key            TEXT    NOT NULL,
    params_hash    BYTEA   NOT NULL, -- SHA-256
    state          TEXT    NOT NULL CHECK (state IN ('running', 'done')),
    generation     BIGINT  NOT NULL, -- of the process that runs or ran it
    created_at_ms  BIGINT  NOT NULL,
    finished_at_ms BIGINT,           -- NULL while running
    response       BYTEA,
    error          BYTEA,
    PRIMARY KEY (kind, key)
);

CREATE INDEX idempotency_age ON idempotency ((COALESCE(finished_at_ms, created_at_ms)));

-- Paired devices. An empty text is an absent one; roles and scopes are JSON
-- arrays of strings.
CREATE TABLE devices (
    id             TEXT    NOT NULL PRIMARY KEY,
    public_key     TEXT    NOT NULL,
    display_name   TEXT    NOT NULL DEFAULT '',
    platform       TEXT    NOT NULL DEFAULT '',
    client_id      TEXT    NOT NULL DEFAULT '',
    client_mode    TEXT    NOT NULL DEFAULT '',
    role           TEXT    NOT NULL DEFAULT '', -- last connected with or approved for
    roles          TEXT    NOT NULL DEFAULT '[]',
    scopes         TEXT    NOT NULL DEFAULT '[]',
    remote_ip      TEXT    NOT NULL DEFAULT '',
    created_at_ms  BIGINT  NOT NULL,
    approved_at_ms BIGINT  NOT NULL,
    last_seen_ms   BIGINT
);

-- Devices that wait for an operator: one request for each.
CREATE TABLE device_pending (
    request_id    TEXT    NOT NULL PRIMARY KEY,
    device_id     TEXT    NOT NULL UNIQUE,
    public_key    TEXT    NOT NULL,
    display_name  TEXT    NOT NULL DEFAULT '',
    platform      TEXT    NOT NULL DEFAULT '',
    client_id     TEXT    NOT NULL DEFAULT '',
    client_mode   TEXT    NOT NULL DEFAULT '',
    role          TEXT    NOT NULL DEFAULT '',
    roles         TEXT    NOT NULL DEFAULT '[]',
    scopes        TEXT    NOT NULL DEFAULT '[]',
    remote_ip     TEXT    NOT NULL DEFAULT '',
    silent        BOOLEAN NOT NULL DEFAULT FALSE,
    is_repair     BOOLEAN NOT NULL DEFAULT FALSE,
    created_at_ms BIGINT  NOT NULL,
    expires_at_ms BIGINT  NOT NULL
);

CREATE INDEX device_pending_expiry ON device_pending (expires_at_ms);

-- Device tokens, of which only the SHA-256 is kept.
CREATE TABLE device_tokens (
    id              TEXT    NOT NULL PRIMARY KEY,
    device_id       TEXT    NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    role            TEXT    NOT NULL,
    hash            BYTEA   NOT NULL UNIQUE CHECK (length(hash) = 32),
    scopes          TEXT    NOT NULL DEFAULT '[]',
    created_at_ms   BIGINT  NOT NULL,
    rotated_at_ms   BIGINT,
    revoked_at_ms   BIGINT,
    last_used_at_ms BIGINT
);

CREATE INDEX device_tokens_device ON device_tokens (device_id, role);
