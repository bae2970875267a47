package chat

import (
	"context"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
)

func TestMain(m *testing.M) { postgrestest.Main(m, 30) }

// window is a service with sessions on a database of their own, and what it
// published.
type window struct {
	*testing.T
	*Service
	store  *store.Store
	events []*protocol.ChatEventField
}

func (w *window) Publish(_ context.Context, e protocol.Event) {
	w.events = append(w.events, e.Payload.(*protocol.ChatEventField))
}

func newWindow(t *testing.T, so store.Options) *window {
	t.Helper()
	st, err := store.Open(t.Context(), so)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w := &window{T: t, store: st}
	now := func() time.Time { return time.UnixMilli(1795347531011) }
	w.Service = New(Options{Store: st, Sessions: sessions.New(st, sessions.Options{Now: now}), Events: w, Now: now})
	return w
}

func eachEngine(t *testing.T, f func(w *window)) {
	t.Run("SQLite", func(t *testing.T) { f(newWindow(t, store.Options{Dir: t.TempDir()})) })
	t.Run("PostgreSQL", func(t *testing.T) { f(newWindow(t, store.Options{URL: postgrestest.URL(t)})) })
}

// say opens a session and adds messages to it.
func (w *window) say(key, sessionID string, messages ...protocol.Message) {
	w.Helper()
	err := w.store.Write(w.Context(), func(tx *store.Tx) error {
		sess, err := w.sessions.Open(w.Context(), tx, key, func(e *protocol.SessionEntry) {
			if sessionID != "" {
				e.SessionID = sessionID
			}
		})
		for i := range messages {
			if err == nil {
				_, err = w.sessions.Append(w.Context(), tx, sess.Entry.SessionID, &messages[i])
			}
		}
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *window) history(key string, limit int64) *protocol.ChatHistoryResult {
	w.Helper()
	p := &protocol.ChatHistoryParams{SessionKey: key}
	p.Limit.V, p.Limit.Set = limit, limit > 0
	res, err := w.ChatHistory(w.Context(), p)
	if err != nil {
		w.Fatal(err)
	}
	return res
}

func user(text string) protocol.Message {
	return protocol.Message{Role: protocol.MessageRoleUser, Content: protocol.MessageContent{Kind: protocol.MessageContentIsString, String: text}}
}

func assistant(blocks ...protocol.ContentBlock) protocol.Message {
	return protocol.Message{Role: protocol.MessageRoleAssistant, Content: protocol.MessageContent{Kind: protocol.MessageContentIsArray, Array: blocks}}
}
