package sessions

import (
	"context"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func TestMain(m *testing.M) { postgrestest.Main(m, 40) }

// bench is a service on a database of its own.
type bench struct {
	testing.TB
	*Service
	store *store.Store
	clock time.Time
}

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// newBench opens a database. Its clock goes on by a millisecond with each look.
func newBench(tb testing.TB, so store.Options, o Options) *bench {
	tb.Helper()
	st, err := store.Open(tb.Context(), so)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := st.Close(); err != nil {
			tb.Errorf("Close: %v", err)
		}
	})
	b := &bench{TB: tb, store: st, clock: noon}
	if o.Now == nil {
		o.Now = func() time.Time { b.clock = b.clock.Add(time.Millisecond); return b.clock }
	}
	if o.Path == "" {
		o.Path = "/state/gateway.db"
	}
	b.Service = New(st, o)
	return b
}

// eachEngine runs a test on a new database of each engine.
func eachEngine(t *testing.T, o Options, f func(b *bench)) {
	t.Run("SQLite", func(t *testing.T) { f(newBench(t, store.Options{Dir: t.TempDir()}, o)) })
	t.Run("PostgreSQL", func(t *testing.T) { f(newBench(t, store.Options{URL: postgrestest.URL(t)}, o)) })
}

func (b *bench) write(f func(ctx context.Context, tx *store.Tx) error) {
	b.Helper()
	if err := b.tryWrite(f); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) tryWrite(f func(ctx context.Context, tx *store.Tx) error) error {
	return b.store.Write(b.TB.Context(), func(tx *store.Tx) error { return f(b.TB.Context(), tx) })
}

func (b *bench) read(f func(ctx context.Context, q store.Querier) error) {
	b.Helper()
	if err := b.store.Read(b.TB.Context(), func(q store.Querier) error { return f(b.TB.Context(), q) }); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) open(key string, change func(*protocol.SessionEntry)) (sess *Session) {
	b.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) (err error) {
		sess, err = b.Open(ctx, tx, key, change)
		return err
	})
	return sess
}

func (b *bench) get(key string) (sess *Session) {
	b.Helper()
	b.read(func(ctx context.Context, q store.Querier) (err error) {
		sess, err = b.Get(ctx, q, key)
		return err
	})
	return sess
}

func (b *bench) say(sessionID string, messages ...protocol.Message) (ids []string) {
	b.Helper()
	b.write(func(ctx context.Context, tx *store.Tx) error {
		for i := range messages {
			id, err := b.Append(ctx, tx, sessionID, &messages[i])
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	})
	return ids
}

func (b *bench) context(sessionID string) (list []protocol.Message) {
	b.Helper()
	b.read(func(ctx context.Context, q store.Querier) (err error) {
		list, err = b.Service.Context(ctx, q, sessionID)
		return err
	})
	return list
}

func user(text string) protocol.Message {
	return protocol.Message{Role: protocol.MessageRoleUser, Content: protocol.MessageContent{Kind: protocol.MessageContentIsString, String: text}}
}

func assistant(blocks ...protocol.ContentBlock) protocol.Message {
	return protocol.Message{Role: protocol.MessageRoleAssistant, Content: protocol.MessageContent{Kind: protocol.MessageContentIsArray, Array: blocks}}
}

func text(s string) protocol.ContentBlock { return &protocol.TextBlock{Text: s} }

func toolCall(id, name string) protocol.ContentBlock {
	return &protocol.ToolCallBlock{ID: id, Name: name, Arguments: protocol.JSONObject("{}")}
}

func toolResult(id, name, s string) protocol.Message {
	m := assistant(text(s))
	m.Role, m.ToolCallID, m.ToolName = protocol.MessageRoleToolResult, wire.Some(id), wire.Some(name)
	return m
}

func texts(list []protocol.Message) (out []string) {
	for i := range list {
		out = append(out, Text(&list[i]))
	}
	return out
}
