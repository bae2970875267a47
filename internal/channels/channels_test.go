package channels

import (
	"errors"
	"log/slog"
	"testing"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// newService has channels of which nothing is configured.
func newService(t *testing.T, kinds ...Kind) *Service {
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	kinds = append(kinds, &Announced{ID: "telegram", Label: "Telegram", Detail: "Telegram Bot", Image: "paperplane", Polls: 12, Logout: true},
		&Announced{ID: "whatsapp", Label: "WhatsApp", Detail: "WhatsApp Web", Image: "message", Polls: 12, Logout: true},
		&Announced{ID: "slack", Label: "Slack", Detail: "Slack Bot", Image: "number", Polls: 10, Logout: true},
		&Announced{ID: "webhook", Label: "Webhook", Detail: "Signed HTTP", Image: "link"})
	return New(Options{Store: st, Sessions: sessions.New(st, sessions.Options{}), Kinds: kinds, Logger: slog.New(slog.DiscardHandler)})
}

func TestStatusIsWhole(t *testing.T) {
	s := newService(t)
	r, err := s.ChannelsStatus(t.Context(), &protocol.ChannelsStatusParams{})
	if err != nil {
		t.Fatal(err)
	}
	var back protocol.ChannelsStatusResult
	if err := back.DecodeAlias(r.AppendJSON(nil), wire.Strict); err != nil {
		t.Error(err)
	}
	for _, id := range r.ChannelOrder {
		if r.ChannelLabels[id] == "" || r.ChannelDetailLabels[id] == "" || r.ChannelDefaultAccountID[id] == "" || r.ChannelAccounts[id] == nil {
			t.Errorf("%s is not described whole", id)
		}
		if c, ok := r.Channels[id]; !ok || c.Configured {
			t.Errorf("%s: %+v", id, c)
		}
	}
}

func TestNothingIsLinked(t *testing.T) {
	s := newService(t)
	ctx := t.Context()
	send := func(channel string) error {
		_, err := s.Send(ctx, &protocol.SendParams{To: "+1", Message: "x", Channel: wire.Some(protocol.ChannelID(channel))})
		return err
	}
	poll := func(channel, question string, max int64, options ...string) error {
		_, err := s.Poll(ctx, &protocol.PollParams{To: "1", Question: question, Options: options, MaxSelections: wire.Some(max), Channel: wire.Some(protocol.ChannelID(channel))})
		return err
	}
	logout := func(channel string) error {
		_, err := s.ChannelsLogout(ctx, &protocol.ChannelsLogoutParams{Channel: channel})
		return err
	}
	deliver := func(channel string) error {
		return s.o.Store.Write(ctx, func(tx *store.Tx) error {
			return s.Enqueue(ctx, tx, agent.Delivery{SessionKey: "main", Route: agent.Route{Channel: channel}})
		})
	}
	for _, c := range []struct {
		name, want string
		err        error
	}{
		{"send by default", `NOT_LINKED: WhatsApp is not linked: no account "default" is configured for the channel whatsapp`, send("")},
		{"send to telegram", `NOT_LINKED: Telegram is not linked: no account "default" is configured for the channel telegram`, send("Telegram")},
		{"send to webchat", "INVALID_REQUEST: unsupported channel: webchat", send("webchat")},
		{"send to nobody's", "INVALID_REQUEST: unsupported channel: pigeon", send("pigeon")},
		{"poll", `NOT_LINKED: Telegram is not linked: no account "default" is configured for the channel telegram`, poll("telegram", "?", 1, "a", "b")},
		{"poll by webhook", "INVALID_REQUEST: unsupported poll channel: webhook", poll("webhook", "?", 1, "a", "b")},
		{"poll without question", "UNAVAILABLE: Error: Poll question is required", poll("telegram", " ", 1, "a", "b")},
		{"poll without choice", "UNAVAILABLE: Error: Poll requires at least 2 options", poll("telegram", "?", 1, "a", " ")},
		{"poll for too many", "UNAVAILABLE: Error: maxSelections cannot exceed option count", poll("telegram", "?", 3, "a", "b")},
		{"logout", `NOT_LINKED: Slack is not linked: no account "default" is configured for the channel slack`, logout("slack")},
		{"logout of webhook", "INVALID_REQUEST: channel webhook does not support logout", logout("webhook")},
		{"logout of nobody's", "INVALID_REQUEST: invalid channels.logout channel", logout("pigeon")},
		{"deliver to the last", "NOT_LINKED: no channel is linked that the reply could be delivered by", deliver("last")},
		{"deliver to signal", "NOT_LINKED: the channel signal is not part of this gateway: the reply cannot be delivered", deliver("signal")},
	} {
		var e *protocol.Error
		if !errors.As(c.err, &e) || c.err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, c.err, c.want)
		}
	}
	if err := deliver("webchat"); err != nil {
		t.Errorf("webchat: %v", err)
	}
}
