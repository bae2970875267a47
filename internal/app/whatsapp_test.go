//go:build whatsapp

package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/app"
	"github.com/gatesmith/gatesmith/internal/app/apptest"
	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/whatsapp"
	"github.com/gatesmith/gatesmith/internal/channels/whatsapp/whatsapptest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// A phone is linked, its owner's friend is answered by the agent, over a restart, and
// the phone is unlinked.
func TestWhatsApp(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "gateway.json5")
	if err := os.WriteFile(path, []byte(`{channels: {whatsapp: {accounts: {default: {access: {dm: "open"}, ratePerSecond: 0}}}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	wa := whatsapptest.New(t)
	start := func() (*app.Gateway, *client.Client) {
		t.Helper()
		g, err := apptest.TryStart(t, app.Options{StateDir: dir, Channels: []channels.Kind{whatsapp.Kind{Dial: wa.Dial}}}, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := client.Dial(t.Context(), wsURL(g), client.Options{TokenFile: app.TokenPath(dir)})
		if err != nil {
			t.Fatal(err)
		}
		return g, c
	}
	g, c := start()
	defer func() { apptest.Stop(t, g) }()
	ctx := t.Context()
	send := func(key string) (*protocol.SendResult, error) {
		return c.Send(ctx, &protocol.SendParams{To: "+491700000002", Message: "Dinner is **ready**", IdempotencyKey: protocol.IdempotencyKey(key)})
	}
	notLinked := func(err error) {
		t.Helper()
		var e *client.Error
		if !errors.As(err, &e) || e.Code != protocol.CodeNotLinked || !strings.HasPrefix(e.Message, "WhatsApp is not linked") || !e.Retryable {
			t.Errorf("%v", err)
		}
	}
	_, err := send("1")
	notLinked(err)

	login, err := c.WebLoginStart(ctx, &protocol.WebLoginStartParams{})
	if err != nil || login.Code.V != whatsapptest.Codes[0] || !strings.HasPrefix(login.QRDataURL.V, "data:image/png;base64,") {
		t.Fatalf("%+v, %v", login, err)
	}
	wa.Scan()
	if done, err := c.WebLoginWait(ctx, &protocol.WebLoginWaitParams{}); err != nil || !done.Connected {
		t.Fatalf("%+v, %v", done, err)
	}
	sent := func(n int) whatsapptest.Sent {
		t.Helper()
		late, look := time.NewTimer(20*time.Second), time.NewTicker(5*time.Millisecond)
		defer late.Stop()
		defer look.Stop()
		for len(wa.Sent()) < n {
			select {
			case <-late.C:
				t.Fatalf("%d messages arrived, want %d", len(wa.Sent()), n)
			case <-look.C:
			}
		}
		return wa.Sent()[n-1]
	}
	wa.Say(whatsapptest.Direct("A1", whatsapptest.Text("Is anybody there?")))
	if s := sent(1); s.To != whatsapptest.Ann || !strings.Contains(s.Message.GetConversation(), "Is anybody there?") {
		t.Errorf("%+v", s)
	}
	if got, err := send("2"); err != nil || got.ToJID.V != whatsapptest.Ann.String() || sent(2).Message.GetConversation() != "Dinner is *ready*" {
		t.Errorf("%+v, %v", got, err)
	}

	// The login outlives the process.
	_ = c.Close(ctx)
	apptest.Stop(t, g)
	g, c = start()
	defer c.Close(ctx)
	poll, err := c.Poll(ctx, &protocol.PollParams{To: "+491700000002", Question: "Dinner?", Options: []string{"Pizza", "Soup"}, IdempotencyKey: "3"})
	if err != nil || poll.PollID.V == "" || sent(3).Message.GetPollCreationMessageV3().GetName() != "Dinner?" {
		t.Errorf("%+v, %v", poll, err)
	}
	wa.Say(whatsapptest.Vote("A2", poll.PollID.V, "Soup"))
	if s := sent(4); !strings.Contains(s.Message.GetConversation(), `voted in the poll "Dinner?": "Soup"`) {
		t.Errorf("%+v", s)
	}
	status, err := c.ChannelsStatus(ctx, &protocol.ChannelsStatusParams{Probe: wire.Some(true)})
	if err != nil {
		t.Fatal(err)
	}
	if s := status.Channels["whatsapp"]; !s.Linked.V || !s.Connected.V || s.Self.V.E164.V != "+491700000001" {
		t.Errorf("%+v", s)
	}
	if out, err := c.ChannelsLogout(ctx, &protocol.ChannelsLogoutParams{Channel: "whatsapp"}); err != nil || !out.Cleared || wa.Logouts() != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = send("4")
	notLinked(err)
}
