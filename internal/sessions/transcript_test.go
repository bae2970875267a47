package sessions

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func TestOpen(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		if b.get("main") != nil {
			b.Fatal("there is a session already")
		}
		first := b.open("main", nil)
		if first.Key != "agent:main:main" || first.AgentID != "main" || len(first.Entry.SessionID) != 36 {
			b.Fatalf("got %+v", first)
		}
		again := b.open("agent:MAIN:main", func(e *protocol.SessionEntry) {
			e.Label = wire.Some("Home\x00")
			e.Extra = wire.Extra{{Name: "ours", Value: wire.Raw(`{"a":[1]}`)}}
		})
		if again.Entry.SessionID != first.Entry.SessionID || again.Entry.UpdatedAt <= first.Entry.UpdatedAt {
			b.Errorf("it is another one: %+v", again)
		}
		got := b.get("MAIN")
		if got.Entry.Label.V != "Home" || string(got.Entry.Extra.Get("ours")) != `{"a":[1]}` {
			b.Errorf("got %+v", got.Entry)
		}
		b.read(func(ctx context.Context, q store.Querier) error {
			byID, err := b.FindByID(ctx, q, first.Entry.SessionID)
			if err == nil && (byID == nil || byID.Key != "agent:main:main") {
				err = fmt.Errorf("found %+v", byID)
			}
			return err
		})
	})
}

func TestOpenRefuses(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		b.open("main", func(e *protocol.SessionEntry) { e.Label = wire.Some("Home") })
		for key, change := range map[string]func(*protocol.SessionEntry){
			"  ":                     nil,
			strings.Repeat("x", 600): nil,
			"label":                  func(e *protocol.SessionEntry) { e.Label = wire.Some(" Home ") },
			"no id":                  func(e *protocol.SessionEntry) { e.SessionID = "" },
			"long id":                func(e *protocol.SessionEntry) { e.SessionID = strings.Repeat("x", 200) },
			"odd id":                 func(e *protocol.SessionEntry) { e.SessionID = "a\x00" },
		} {
			var refusal *protocol.Error
			err := b.tryWrite(func(ctx context.Context, tx *store.Tx) error {
				_, err := b.Open(ctx, tx, key, change)
				return err
			})
			if !errors.As(err, &refusal) || refusal.Code != protocol.CodeInvalidRequest {
				b.Errorf("%.10s: %v", key, err)
			}
		}
	})
}

func TestOpenWithAnotherTranscript(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		first := b.open("main", nil)
		b.say(first.Entry.SessionID, user("one"))
		b.open("main", func(e *protocol.SessionEntry) { e.SessionID = "mine" })
		b.say("mine", user("two"))
		if got := texts(b.context("mine")); !slices.Equal(got, []string{"two"}) {
			b.Errorf("got %q", got)
		}
		if got := texts(b.context(first.Entry.SessionID)); !slices.Equal(got, []string{"one"}) {
			b.Errorf("before, got %q", got)
		}
	})
}

func TestUpdateOfWhatIsGone(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		sess := b.open("main", nil)
		b.write(func(ctx context.Context, tx *store.Tx) error {
			set := func(e *protocol.SessionEntry) { e.InputTokens = wire.Some(int64(7)) }
			for _, key := range []string{"main", "nobody"} {
				if err := b.Update(ctx, tx, key, "another", set); err != nil {
					return err
				}
			}
			return nil
		})
		if got := b.get("main"); got.Entry.InputTokens.Set || b.get("nobody") != nil {
			b.Errorf("it was changed: %+v", got.Entry)
		}
		b.write(func(ctx context.Context, tx *store.Tx) error {
			return b.Update(ctx, tx, "main", sess.Entry.SessionID, func(e *protocol.SessionEntry) { e.InputTokens = wire.Some(int64(7)) })
		})
		if got := b.get("main"); got.Entry.InputTokens.V != 7 {
			b.Errorf("it was not changed: %+v", got.Entry)
		}
	})
}

func TestAppend(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		id := b.open("main", nil).Entry.SessionID
		nul := assistant(&protocol.ThinkingBlock{Thinking: "hm\x00"}, text("nul \x00 and \u2028"), &protocol.ContentBlockUnknown{Type: "chart"})
		nul.Usage = wire.Some(protocol.TokenUsage{Input: wire.Some(int64(3))})
		ids := b.say(id, user("hello"), nul)
		if len(ids[0]) != 8 || ids[0] == ids[1] {
			b.Errorf("the ids are %q", ids)
		}
		got := b.context(id)
		if len(got) != 2 || !got[0].Timestamp.Set {
			b.Fatalf("got %+v", got)
		}
		got[1].Timestamp = wire.Opt[protocol.Timestamp]{}
		if want, have := nul.AppendJSON(nil), got[1].AppendJSON(nil); !bytes.Equal(want, have) {
			b.Errorf("%s became %s", want, have)
		}
		err := b.tryWrite(func(ctx context.Context, tx *store.Tx) error {
			m := user("x")
			_, err := b.Append(ctx, tx, "nobody", &m)
			return err
		})
		if !errors.Is(err, ErrNoTranscript) {
			b.Errorf("without a transcript: %v", err)
		}
	})
}

func TestIDs(t *testing.T) {
	for _, seq := range []int64{1, 2, 1000, 1<<32 - 1} {
		id := idOf("s", seq)
		if back, ok := seqOf("s", id); !ok || back != seq {
			t.Errorf("%d is %s is %d", seq, id, back)
		}
	}
	for _, id := range []string{"", "1234567", "123456789", "ghijklmn", "-1234567"} {
		if seq, ok := seqOf("s", id); ok {
			t.Errorf("%q is %d", id, seq)
		}
	}
}

func TestCutAndContext(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		id := b.open("main", nil).Entry.SessionID
		ids := b.say(id, user("1"), assistant(text("2"), toolCall("c1", "read")), toolResult("c1", "read", "3"), user("4"), assistant(text("5")))
		cut := func(firstKept, summary string) error {
			return b.tryWrite(func(ctx context.Context, tx *store.Tx) error { return b.Cut(ctx, tx, id, firstKept, summary) })
		}
		for _, wrong := range []string{"zzz", "00000000"} {
			if err := cut(wrong, "x"); err == nil {
				b.Errorf("cut at %q", wrong)
			}
		}
		if err := cut(ids[2], "first"); err != nil {
			b.Fatal(err)
		}
		const summary = "The conversation before this point was summarised:\n\n"
		if got := texts(b.context(id)); !slices.Equal(got, []string{summary + "first", "4", "5"}) {
			b.Errorf("got %q", got)
		}
		b.say(id, user("6"))
		if err := cut("", "second"); err != nil {
			b.Fatal(err)
		}
		b.say(id, user("7"))
		if got := texts(b.context(id)); !slices.Equal(got, []string{summary + "second", "7"}) {
			b.Errorf("got %q", got)
		}
		if got := b.context("nobody"); got != nil {
			b.Errorf("of nobody: %+v", got)
		}
	})
}

func (b *bench) count(query string, args ...any) (n int) {
	b.Helper()
	b.read(func(ctx context.Context, q store.Querier) error {
		return q.QueryRowContext(ctx, query, args...).Scan(&n)
	})
	return n
}

func TestImagesAreKeptOnce(t *testing.T) {
	eachEngine(t, Options{}, func(b *bench) {
		picture := base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\nreally"))
		message := assistant(text("look"), &protocol.ImageBlock{Data: picture, MimeType: "image/png"}, &protocol.ImageBlock{Data: picture, MimeType: "image/png"})
		one, two := b.open("one", nil).Entry.SessionID, b.open("two", nil).Entry.SessionID
		b.say(one, message, message)
		b.say(two, message)
		if n := b.count(`SELECT COUNT(*) FROM blobs`); n != 1 {
			b.Errorf("%d blobs", n)
		}
		if n := b.count(`SELECT COUNT(*) FROM transcript_rows WHERE body LIKE ?`, "%"+picture+"%"); n != 0 {
			b.Error("the bytes are in the transcript")
		}
		if message.Content.Array[1].(*protocol.ImageBlock).Data != picture {
			b.Error("the caller's message was changed")
		}
		got := b.context(two)[0]
		image := got.Content.Array[1].(*protocol.ImageBlock)
		if image.Data != picture || image.MimeType != "image/png" || len(image.Extra) != 0 {
			b.Errorf("got %+v", image)
		}

		// It goes with the last transcript that has it, and not before.
		for _, key := range []string{"one", "two"} {
			b.write(func(ctx context.Context, tx *store.Tx) error {
				_, err := b.putAside(ctx, tx, b.get(key).Entry.SessionID, asDeleted)
				return err
			})
			if n := b.count(`SELECT COUNT(*) FROM blobs`); n != 1 {
				b.Errorf("%d blobs while the transcripts are there", n)
			}
			for range 2 { // the second time there is nothing
				if err := b.Purge(b.TB.Context(), b.clock.Add(time.Hour)); err != nil {
					b.Fatal(err)
				}
			}
			if n, want := b.count(`SELECT COUNT(*) FROM blobs`), map[string]int{"one": 1}[key]; n != want {
				b.Errorf("%d blobs after %s, want %d", n, key, want)
			}
			if n, want := b.count(`SELECT COUNT(*) FROM transcripts`), map[string]int{"one": 1}[key]; n != want {
				b.Errorf("%d transcripts after %s, want %d", n, key, want)
			}
		}
	})
}
