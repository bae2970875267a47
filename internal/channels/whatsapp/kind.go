//go:build whatsapp

package whatsapp

import (
	"context"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// silence is how long nothing may be heard of WhatsApp: three pings are not
// answered then.
const silence = 60 * time.Second

var info = &channels.Info{ID: "whatsapp", Label: "WhatsApp", Detail: "WhatsApp Web", Image: "message", Target: "<E.164|group JID>",
	Polls: maxOptions, Login: true, Logout: true, Silence: silence,
	// A message is known by its id: WhatsApp's own apps, and the library, send one
	// again under the id it had when they do not know whether it arrived, and show
	// one id once.
	Idempotent: true}

// Kind is the channel.
type Kind struct {
	Dial Dial // nil: WhatsApp itself
}

var _ channels.Kind = Kind{}

// Info tells what the channel can do.
func (Kind) Info() *channels.Info { return info }

// Accounts gives the numbers of the configuration.
func (Kind) Accounts(cfg *protocol.ChannelsConfig, _ func(string) string) []*channels.Settings {
	var out []*channels.Settings
	for id, c := range cfg.Whatsapp.V.Accounts {
		s := &channels.Settings{ID: id, Name: c.Name.V, Enabled: c.Enabled.V, Agent: c.Agent.V, Rate: c.RatePerSecond.V, Config: &c,
			Place: []string{"channels", "whatsapp", "accounts", id}}
		if c.Access.Set {
			s.Access = &c.Access.V
		}
		s.Shown.Mode = wire.Some("socket")
		out = append(out, s)
	}
	return out
}

// Open makes an account.
func (k Kind) Open(s *channels.Settings, env *channels.Env) (channels.Account, error) {
	a := &account{id: s.ID, env: env, dial: k.Dial, log: env.Logger, state: &state{db: env.Store, account: s.ID, now: env.Now}, socket: make(chan struct{}, 1),
		seen: newRecent[quotable](maxSeen), confirmed: newRecent[struct{}](maxSeen), groups: newRecent[string](maxGroups)}
	if a.dial == nil {
		a.dial = newLibrary
	}
	a.keeper = &keeper{state: a.state}
	return a, nil
}

var (
	_ channels.Linker    = (*account)(nil)
	_ channels.Logouter  = (*account)(nil)
	_ channels.Prober    = (*account)(nil)
	_ channels.Fetcher   = (*account)(nil)
	_ channels.Describer = (*account)(nil)
)

// Linked reports whether a device is linked.
func (a *account) Linked(ctx context.Context) (bool, error) {
	r, err := a.state.record(ctx)
	return r != nil, err
}

// Probe asks WhatsApp for an answer.
func (a *account) Probe(ctx context.Context) (any, error) {
	c, err := a.client()
	if err != nil {
		return nil, err
	}
	began := a.env.Now()
	if err := c.Ping(ctx); err != nil {
		return nil, err
	}
	found := map[string]any{"ok": true, "elapsedMs": a.env.Now().Sub(began).Milliseconds()}
	if me := a.self(); me.number != "" {
		found["self"] = map[string]any{"e164": me.number, "jid": me.jid.ToNonAD().String()}
	}
	return found, nil
}

// Describe tells which number is linked, and since when.
func (a *account) Describe(x *protocol.ChannelAccount, s *protocol.ChannelSummary) {
	ctx, cancel := context.WithTimeout(context.Background(), readTime)
	defer cancel()
	r, err := a.state.record(ctx)
	s.AuthAgeMs = wire.ExplicitNull[int64]()
	if err != nil || r == nil {
		return
	}
	s.AuthAgeMs = wire.SomeOrNull(a.env.Now().UnixMilli() - r.LinkedAtMs)
	jid := r.JID.ToNonAD()
	self := protocol.ChannelSelf{E164: wire.Value(numberOf(jid)), JID: wire.Value(jid.String())}
	s.Self = wire.Some(self)
	x.Extra = append(x.Extra, wire.Member{Name: "self", Value: self.AppendJSON(nil)})
}
