package chat

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// transcriptLength is how long a conversation is beside which everything has
// to stay fast.
const transcriptLength = 100_000

// longConversation makes a session with very many messages, and some others.
func longConversation(b *testing.B) (st *store.Store, s *sessions.Service, long string) {
	b.Helper()
	st, err := store.Open(b.Context(), store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = st.Close() })
	s = sessions.New(st, sessions.Options{})
	ctx := b.Context()
	write := func(f func(tx *store.Tx) error) {
		if err := st.Write(ctx, f); err != nil {
			b.Fatal(err)
		}
	}
	write(func(tx *store.Tx) error {
		for i := range 200 {
			sess, err := s.Open(ctx, tx, fmt.Sprintf("s%d", i), nil)
			if err != nil {
				return err
			}
			long = sess.Entry.SessionID
			m := user(fmt.Sprintf("message %d", i))
			if _, err := s.Append(ctx, tx, long, &m); err != nil {
				return err
			}
		}
		return nil
	})
	m := assistant(&protocol.TextBlock{Text: strings.Repeat("What was said is of a usual length. ", 10)})
	for range transcriptLength / 1000 {
		write(func(tx *store.Tx) error {
			for range 1000 {
				if _, err := s.Append(ctx, tx, long, &m); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return st, s, long
}

func BenchmarkBesideALongTranscript(b *testing.B) {
	st, s, long := longConversation(b)
	window := New(Options{Store: st, Sessions: s})
	ctx := b.Context()
	b.Run("history of the last 50", func(b *testing.B) {
		for b.Loop() {
			res, err := window.ChatHistory(ctx, &protocol.ChatHistoryParams{SessionKey: "s199", Limit: wire.Some(int64(50))})
			if err != nil || len(res.Messages) != 50 {
				b.Fatal(err, len(res.Messages))
			}
		}
	})
	b.Run("list with titles", func(b *testing.B) {
		for b.Loop() {
			res, err := s.SessionsList(ctx, &protocol.SessionsListParams{IncludeDerivedTitles: wire.Some(true), IncludeLastMessage: wire.Some(true)})
			if err != nil || res.Count != 200 {
				b.Fatal(err)
			}
		}
	})
	b.Run("list, searched", func(b *testing.B) {
		for b.Loop() {
			res, err := s.SessionsList(ctx, &protocol.SessionsListParams{Search: wire.Some("S19"), Limit: wire.Some(int64(50))})
			if err != nil || res.Count != 11 {
				b.Fatal(err, res.Count)
			}
		}
	})
	b.Run("append", func(b *testing.B) {
		m := user("one more")
		for b.Loop() {
			err := st.Write(ctx, func(tx *store.Tx) error {
				_, err := s.Append(ctx, tx, long, &m)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("compact to 400", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.SessionsCompact(ctx, &protocol.SessionsCompactParams{Key: "s199"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
