package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
)

// replayed are the recordings that are played again to our gateway, from
// beginning to end.
var replayed = []string{"handshake-ok", "handshake-errors", "frame-errors", "devices-pairing", "device-token-scopes",
	"scope-matrix", "auth-password-mode", "events-tick", "shutdown-sigterm", "agent", "chat", "nodes", "config-and-restart", "exec-approvals", "wizard"}

// replays takes what is needed to play them again: all that clients sent, and
// of what the gateway said what came of it: errors, closes, the names of
// events that everyone gets alike, the configuration with its hash, the names of
// the wizard's steps, and what else later requests name.
func replays(dir fs.FS) ([]file, error) {
	var files []file
	for _, name := range replayed {
		data, err := fs.ReadFile(dir, name+".jsonl")
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		for n, text := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
			line, err := outcome(text)
			if err != nil {
				return nil, fmt.Errorf("%s.jsonl:%d: %w", name, n+1, err)
			}
			if line != nil {
				out.Write(append(line, '\n'))
			}
		}
		files = append(files, file{"replays/" + name + ".jsonl", out.Bytes()})
	}
	return files, nil
}

// outcome shortens a line, to nothing when a replay has no use for it.
func outcome(text []byte) ([]byte, error) {
	var line struct {
		Dir   string          `json:"dir"`
		Conn  string          `json:"conn"`
		Frame json.RawMessage `json:"frame"`
	}
	if err := json.Unmarshal(text, &line); err != nil {
		return nil, err
	}
	if line.Dir != "s2c" || line.Frame == nil {
		return text, nil
	}
	var frame struct {
		Type    string          `json:"type"`
		ID      json.RawMessage `json:"id,omitempty"`
		OK      *bool           `json:"ok,omitempty"`
		Error   json.RawMessage `json:"error,omitempty"`
		Event   string          `json:"event,omitempty"`
		Payload json.RawMessage `json:"payload,omitempty"`
	}
	if err := json.Unmarshal(line.Frame, &frame); err != nil {
		return nil, err
	}
	switch {
	case frame.Event == "connect.challenge":
	case frame.Event == "shutdown", frame.Event == "tick", strings.HasPrefix(frame.Event, "device.pair."), strings.HasPrefix(frame.Event, "exec.approval."):
		frame.Payload = nil
	case strings.HasPrefix(frame.Event, "node."), frame.Type == "res":
		frame.Payload = named(frame.Payload)
	default:
		return nil, nil
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(map[string]any{"dir": "s2c", "conn": line.Conn, "frame": frame}); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// named is what later requests are based on or name: the hash of a file, and
// the text where it is a configuration, requests to nodes and for pairing, a
// step of the wizard, and whether an answer was ignored; nil for other answers.
func named(payload json.RawMessage) json.RawMessage {
	var known struct {
		Hash    string `json:"hash,omitempty"`
		Raw     string `json:"raw,omitempty"`
		ID      string `json:"id,omitempty"`
		Command string `json:"command,omitempty"`
		Ignored bool   `json:"ignored,omitempty"`
		Request *struct {
			RequestID string `json:"requestId"`
		} `json:"request,omitempty"`
		Node *struct {
			Token string `json:"token"`
		} `json:"node,omitempty"`
		SessionID string `json:"sessionId,omitempty"`
		Step      *struct {
			ID   string `json:"id"`
			Type string `json:"type"`
		} `json:"step,omitempty"`
	}
	if json.Unmarshal(payload, &known) != nil {
		return nil
	}
	if known.Hash == "" {
		known.Raw = ""
	}
	if known.ID == "" {
		known.Command = ""
	}
	if known.Step == nil {
		known.SessionID = ""
	}
	text, err := json.Marshal(known)
	if err != nil || string(text) == "{}" {
		return nil
	}
	return text
}
