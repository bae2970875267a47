package chat

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func inFolder(t *testing.T) store.Options { return store.Options{Dir: t.TempDir()} }

func TestHistory(t *testing.T) {
	eachEngine(t, func(w *window) {
		if got := w.history("brand-new", 0); got.SessionID.Set || len(got.Messages) != 0 || got.ThinkingLevel.V != "off" || got.SessionKey != "brand-new" {
			w.Errorf("of nothing: %+v", got)
		}
		picture := base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\nreally"))
		w.say("main", "", user("[WhatsApp +49 2026-01-31 12:00] hello"), user("[deploy] mine"),
			assistant(&protocol.TextBlock{Text: "look"}, &protocol.ImageBlock{Data: picture, MimeType: "image/png"}))
		got := w.history("MAIN", 2)
		if len(got.Messages) != 2 || sessions.Text(&got.Messages[0]) != "[deploy] mine" {
			w.Errorf("the last two: %+v", got.Messages)
		}
		if image := got.Messages[1].Content.Array[1].(*protocol.ImageBlock); image.Data != picture {
			w.Errorf("the image is %+v", image)
		}
		if got := w.history("main", 0); len(got.Messages) != 3 || sessions.Text(&got.Messages[0]) != "hello" {
			w.Errorf("all: %+v", got.Messages)
		}
	})
}

func TestHistoryPages(t *testing.T) {
	eachEngine(t, func(w *window) {
		for i := range 7 {
			w.say("main", "", user(fmt.Sprint(i)))
		}
		if _, err := w.sessions.SessionsCompact(w.Context(), &protocol.SessionsCompactParams{Key: "main", MaxLines: wire.Some(int64(6))}); err != nil {
			w.Fatal(err)
		}
		var got []string
		p := &protocol.ChatHistoryParams{SessionKey: "main", Limit: wire.Some(int64(2))}
		for {
			res, err := w.ChatHistory(w.Context(), p)
			if err != nil {
				w.Fatal(err)
			}
			for i := range res.Messages {
				got = append(got, sessions.Text(&res.Messages[i]))
			}
			got = append(got, "/")
			if p.Before = res.Next; !res.Next.Set {
				break
			}
		}
		if want := "5 6 / 3 4 / 1 2 / What was said before was put aside (lines: 1). /"; strings.Join(got, " ") != want {
			w.Errorf("got %q, want %s", got, want)
		}
		for _, before := range []string{"x", "00000000"} {
			p.Before = wire.Some(before)
			if _, err := w.ChatHistory(w.Context(), p); err == nil || err.Error() != "INVALID_REQUEST: unknown message: "+before {
				w.Errorf("before %s: %v", before, err)
			}
		}
	})
}

// A history never has more bytes than it may, is never empty while there is
// anything, and has no holes.
func TestHistoryLimits(t *testing.T) {
	w := newWindow(t, inFolder(t))
	const most = 60 << 10
	w.maxHistory = most
	sessionsSoFar := 0
	rapid.Check(t, func(rt *rapid.T) {
		sessionsSoFar++
		key := fmt.Sprintf("s%d", sessionsSoFar)
		sizes := rapid.SliceOfN(rapid.SampledFrom([]int{1, 100, 10 << 10, 20 << 10, most / 2, most, 2 * most}), 1, 6).Draw(rt, "sizes")
		kinds := rapid.SliceOfN(rapid.IntRange(0, 5), len(sizes), len(sizes)).Draw(rt, "kinds")
		for i, size := range sizes {
			w.say(key, "", large(kinds[i], size, i))
		}
		limit := rapid.IntRange(1, 8).Draw(rt, "limit")
		answer := w.history(key, int64(limit))
		if err := new(protocol.ChatHistoryResult).UnmarshalJSON(answer.AppendJSON(nil)); err != nil {
			rt.Fatalf("it is not as the schema says: %v", err)
		}
		got := answer.Messages

		bytes := len("[]")
		for i := range got {
			item := len(got[i].AppendJSON(nil))
			if item > most/2 {
				rt.Fatalf("message %d has %d bytes", i, item)
			}
			bytes += item + len(",")
		}
		if bytes > most+len("[]") {
			rt.Fatalf("the history has %d bytes", bytes)
		}
		if len(got) == 0 || len(got) > min(limit, len(sizes)) {
			rt.Fatalf("%d messages of %d, limit %d", len(got), len(sizes), limit)
		}
		for i := range got {
			at := len(sizes) - len(got) + i
			if got[i].Model.V != fmt.Sprint(at) && got[i].Extra.Get(shortenedMember) == nil {
				rt.Fatalf("message %d is not number %d", i, at)
			}
			whole := large(kinds[at], sizes[at], at)
			whole.Timestamp = got[i].Timestamp
			if shortened := got[i].Extra.Get(shortenedMember) != nil; shortened != (sizeOf(&whole) > most/2) {
				rt.Fatalf("message of %d bytes (kind %d): shortened is %t", sizeOf(&whole), kinds[at], shortened)
			}
		}
		if at := len(sizes) - len(got) - 1; len(got) < min(limit, len(sizes)) { // the next one has no room
			next := large(kinds[at], sizes[at], at)
			next.Timestamp = got[0].Timestamp
			if fit(&next, most/2); bytes+sizeOf(&next) < most {
				rt.Fatalf("%d bytes are left, and a message of %d was not given", most-bytes, sizeOf(&next))
			}
		}
	})
}

// large makes a message of about a number of bytes.
func large(kind, size, number int) protocol.Message {
	text := strings.Repeat("é", size/2)
	m := assistant()
	m.Model = wire.Some(fmt.Sprint(number))
	switch kind {
	case 0:
		m.Content = protocol.MessageContent{Kind: protocol.MessageContentIsString, String: text}
	case 1:
		m.Content.Array = []protocol.ContentBlock{&protocol.ThinkingBlock{Thinking: text}, &protocol.TextBlock{Text: "short"}}
	case 2:
		m.Content.Array = []protocol.ContentBlock{&protocol.ToolCallBlock{ID: "c", Name: "write", Arguments: fmt.Appendf(nil, `{"text":%q}`, text)}}
	case 3:
		m.Content.Array = []protocol.ContentBlock{&protocol.ImageBlock{MimeType: "image/png", Data: base64.StdEncoding.EncodeToString([]byte(text + fmt.Sprint(number)))}}
	case 4:
		m.Content.Array = []protocol.ContentBlock{&protocol.ContentBlockUnknown{Type: "chart", Extra: wire.Extra{{Name: "x", Value: fmt.Appendf(nil, "%q", text)}}}}
	case 5: // very many blocks
		for range size / 10 {
			m.Content.Array = append(m.Content.Array, &protocol.TextBlock{Text: "éa"})
		}
	}
	return m
}

func TestShortTextEndsWithACharacter(t *testing.T) {
	for most := range 8 {
		if got := shortText("aéééééééé", most); strings.ContainsRune(got, '\uFFFD') || !strings.Contains(got, "bytes left out]") {
			t.Errorf("%d: %q", most, got)
		}
	}
}
