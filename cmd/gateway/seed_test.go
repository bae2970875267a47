package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/usage"
	"github.com/gatesmith/gatesmith/protocol"
)

// seed reads JSON lines: {"key", "entry", "messages", "usage"}.
func seed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: seed FILE")
	}
	ctx := context.Background()
	st, err := store.Open(ctx, store.Options{Dir: filepath.Join(ts.Getenv("HOME"), ".gatesmith")})
	ts.Check(err)
	defer func() { ts.Check(st.Close()) }()
	kept, used := sessions.New(st, sessions.Options{}), usage.New(st, usage.Options{})
	for text := range strings.Lines(ts.ReadFile(args[0])) {
		var line struct {
			Key      string
			Entry    protocol.SessionEntry
			Messages []protocol.Message
			Usage    []usage.Entry
		}
		line.Entry = protocol.SessionEntry{}
		ts.Check(json.Unmarshal([]byte(text), &line))
		ts.Check(st.Write(ctx, func(tx *store.Tx) error {
			sess, err := kept.Open(ctx, tx, line.Key, func(e *protocol.SessionEntry) { *e = line.Entry })
			for i := range line.Messages {
				if err == nil {
					_, err = kept.Append(ctx, tx, sess.Entry.SessionID, &line.Messages[i])
				}
			}
			for _, e := range line.Usage {
				if err == nil {
					err = used.Record(ctx, tx, e)
				}
			}
			return err
		}))
	}
}
