// Package webhook is a channel for services of one's own: signed HTTP requests in
// both directions, so that whatever can make and take a request can talk to the
// agent. docs/channels.md has the contract.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// minSecret is how long a secret must be.
const minSecret = 16

// maxConversation is how long the name of a conversation can be.
const maxConversation = 256

var info = &channels.Info{ID: "webhook", Label: "Webhook", Detail: "Signed HTTP", Image: "link", Target: "<conversation>", Idempotent: true}

// Kind is the channel.
type Kind struct{}

var _ channels.Kind = Kind{}

// Info tells what the channel can do.
func (Kind) Info() *channels.Info { return info }

// Accounts gives the services of the configuration.
func (Kind) Accounts(cfg *protocol.ChannelsConfig, _ func(string) string) []*channels.Settings {
	var out []*channels.Settings
	for id, c := range cfg.Webhook.V.Accounts {
		s := &channels.Settings{ID: id, Name: c.Name.V, Enabled: c.Enabled.V, Agent: c.Agent.V, Config: &c}
		if c.Access.Set {
			s.Access = &c.Access.V
		}
		s.Shown.Mode = wire.Some("webhook")
		s.Shown.WebhookPath = wire.Some(channels.HTTPPath + "webhook/" + id)
		s.Shown.BaseURL = host(c.URL)
		switch {
		case c.Secret.V == "":
			s.Missing = "its secret is missing"
		case len(c.Secret.V) < minSecret:
			s.Missing = fmt.Sprintf("its secret is shorter than %d characters", minSecret)
		case c.URL.Set && host(c.URL).V == "":
			s.Missing = "its url is no http address"
		}
		out = append(out, s)
	}
	return out
}

// host is an address without what may be secret in it.
func host(address wire.Opt[string]) wire.Opt[string] {
	u, err := url.Parse(address.V)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return wire.Opt[string]{}
	}
	return wire.Some(u.Scheme + "://" + u.Host)
}

// Open makes an account.
func (Kind) Open(s *channels.Settings, env *channels.Env) (channels.Account, error) {
	c := s.Config.(*protocol.WebhookAccountConfig)
	http := *env.HTTP
	http.CheckRedirect = sameAnswer
	return &account{env: env, http: &http, url: c.URL.V, secret: []byte(c.Secret.V), window: time.Duration(c.WindowSeconds.V) * time.Second}, nil
}

// Run has nothing to do: the service comes by itself.
func (a *account) Run(ctx context.Context, _ channels.Inbox) error {
	<-ctx.Done()
	return nil
}

// Target reads a recipient: a conversation, as the service named it, and perhaps
// a thread of it.
func (a *account) Target(to string) (t channels.Target, err error) {
	t.Chat, t.Thread, _ = strings.Cut(to, ":thread:")
	if t.Chat == "" || len(to) > maxConversation {
		return t, fmt.Errorf("the name of a conversation has 1 to %d bytes", maxConversation)
	}
	return t, nil
}

// Split divides a message: text stays Markdown, files are addresses.
func (a *account) Split(m *channels.Message) ([]channels.Part, error) {
	if m.Poll != nil {
		return nil, errors.New("there are no polls")
	}
	first := channels.Part{ID: channels.PartID(m, 0), To: m.To, Text: m.Text, ReplyTo: m.ReplyTo}
	if len(m.Media) > 0 {
		first.Media = m.Media[0]
	}
	parts := []channels.Part{first}
	for k := 1; k < len(m.Media); k++ {
		parts = append(parts, channels.Part{ID: channels.PartID(m, k), To: m.To, Media: m.Media[k]})
	}
	return parts, nil
}
