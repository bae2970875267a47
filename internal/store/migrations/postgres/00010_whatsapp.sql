-- +goose Up

-- What a linked WhatsApp account keeps: its keys, its sessions with other
-- devices, names. Kinds and names are internal/channels/whatsapp's.
CREATE TABLE whatsapp_state (
    account TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    name    TEXT   COLLATE "C" NOT NULL,
    value   BYTEA  NOT NULL,
    number  BIGINT NOT NULL DEFAULT 0, -- a time or a mark, where the kind has one
    PRIMARY KEY (account, kind, name)
);
