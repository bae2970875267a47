//go:build whatsapp

package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"github.com/gatesmith/gatesmith/internal/channels"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"
)

// The library's client as it is set up, without a network.
func TestTheLibraryIsSetUp(t *testing.T) {
	eachEngine(t, func(t *testing.T, k *keeper, _ func() *keeper) {
		gone := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no network here") }}}
		for _, device := range []*struct{ linked bool }{{false}, {true}} {
			d := k.newDevice(quiet)
			if device.linked {
				d = linked(t, k, ownJID)
			}
			l := newLibrary(d, slog.New(slog.DiscardHandler)).(*library)
			if c := l.cli; c.EnableAutoReconnect || !c.DisableLoginAutoReconnect || !c.SynchronousAck || !c.EnableDecryptedEventBuffer || !c.ManualHistorySyncDownload {
				t.Error("the library would reconnect by itself, confirm too early, or fetch the history")
			}
			l.cli.SetPreLoginHTTPClient(gone)
			l.cli.SetWebsocketHTTPClient(gone)
			if err := l.Connect(t.Context(), func(any) bool { return true }); err == nil {
				t.Error("connected without a network")
			}
			if err := l.Ping(t.Context()); err == nil {
				t.Error("WhatsApp answers without a network")
			}
			_, err := l.Send(t.Context(), annPN, "3EB0", &waE2E.Message{Conversation: proto.String("hello")})
			var f *channels.Failure
			if !errors.As(judged(err), &f) || f.Verdict != channels.NotSent {
				t.Errorf("%v: want that it was not sent", err)
			}
			if _, err := l.Download(t.Context(), &waE2E.Message{Conversation: proto.String("no file")}); !errors.Is(err, whatsmeow.ErrNothingDownloadableFound) {
				t.Error(err)
			}
			l.Close()
		}
	})
}

func TestJudged(t *testing.T) {
	for _, c := range []struct {
		err  error
		want channels.Verdict // 0: nobody knows
	}{
		{whatsmeow.ErrNotConnected, channels.NotSent},
		{whatsmeow.ErrMessageTimedOut, 0},
		{context.DeadlineExceeded, 0},
		{fmt.Errorf("%w %d", whatsmeow.ErrServerReturnedError, 400), channels.Refused},
		{fmt.Errorf("%w %d", whatsmeow.ErrServerReturnedError, 500), channels.NotSent},
		{errors.New("no LID found for 4917@s.whatsapp.net from server"), channels.Refused},
		{fmt.Errorf("failed to get group members: %w", whatsmeow.ErrNotInGroup), channels.Refused},
		{fmt.Errorf("failed to get group members: %w", whatsmeow.ErrIQRateOverLimit), channels.NotSent},
	} {
		var f *channels.Failure
		if errors.As(judged(c.err), &f) != (c.want != 0) || f != nil && f.Verdict != c.want {
			t.Errorf("%v is judged %v", c.err, judged(c.err))
		}
	}
}

// Whatever a message has in it, it is read without harm.
func TestAnyMessageIsRead(t *testing.T) {
	whole, err := proto.Marshal(&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("t"), ContextInfo: &waE2E.ContextInfo{QuotedMessage: &waE2E.Message{ImageMessage: &waE2E.ImageMessage{}}, Participant: proto.String("a@b@c"), MentionedJID: []string{"", "@", "1.2.3:4@lid"}}},
		ContactMessage: &waE2E.ContactMessage{Vcard: proto.String("TEL:\n:\n.:")}, PollCreationMessageV5: &waE2E.PollCreationMessage{Options: []*waE2E.PollCreationMessage_Option{{}}}, PtvMessage: &waE2E.VideoMessage{}})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 64), func(b []byte) string { return string(b) }).Draw(t, "bytes"))
		if rapid.Bool().Draw(t, "changed") {
			b = append([]byte(nil), whole...)
			for range rapid.IntRange(0, 4).Draw(t, "changes") {
				b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "to")
			}
		}
		m := new(waE2E.Message)
		if proto.Unmarshal(b, m) != nil {
			m = nil
		}
		_, _, _, _ = textOf(m), kindOf(m), mediaOf(m), contextOf(m)
		for _, x := range mediaOf(m) {
			if x.Ref == "" || x.Kind == "" {
				t.Fatalf("%+v", x)
			}
		}
		(&run{}).context(&channels.Inbound{}, contextOf(m), self{jid: ownJID})
	})
}

// Recipients come back as what they were, however they are written.
func TestTargets(t *testing.T) {
	a := new(account)
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`[1-9][0-9]{6,14}`).Draw(t, "number")
		for _, to := range []string{number, "+" + number, "whatsapp:+" + number, "WhatsApp: +" + number, number + "@s.whatsapp.net", number + "@C.US", "+" + number[:3] + " (" + number[3:5] + ") " + number[5:]} {
			got, err := a.Target(to)
			if err != nil || got.Chat != "+"+number || got.Type != channels.Direct {
				t.Fatalf("%q: %+v, %v", to, got, err)
			}
		}
		jid, err := jidOf("+" + number)
		if err != nil || numberOf(jid) != "+"+number {
			t.Fatalf("%s, %v", jid, err)
		}
		any := rapid.String().Draw(t, "any")
		if got, err := a.Target(any); err == nil {
			again, err := a.Target(got.Chat)
			if _, bad := jidOf(got.Chat); err != nil || again != got || bad != nil {
				t.Fatalf("%q: %+v, then %+v, %v", any, got, again, err)
			}
		}
	})
}
