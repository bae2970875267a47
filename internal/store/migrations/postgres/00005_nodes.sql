-- +goose Up

-- A device that is a node too has one record for both. A node that was paired
-- by node.pair.request alone has no key yet: its public_key is empty.
ALTER TABLE devices ADD COLUMN name TEXT NOT NULL DEFAULT '';             -- given by an operator, over display_name
ALTER TABLE devices ADD COLUMN node TEXT NOT NULL DEFAULT '';             -- JSON: what it is and can do as a node
ALTER TABLE devices ADD COLUMN node_connected_ms BIGINT NOT NULL DEFAULT 0; -- 0: not yet

-- How it was asked for: by a handshake, or by node.pair.request.
ALTER TABLE device_pending ADD COLUMN asked_by TEXT NOT NULL DEFAULT 'handshake' CHECK (asked_by IN ('handshake', 'node'));
ALTER TABLE device_pending ADD COLUMN node TEXT NOT NULL DEFAULT '';
