package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/telegram"
	"github.com/gatesmith/gatesmith/internal/channels/webhook"
	"github.com/gatesmith/gatesmith/internal/wizard"
	"github.com/gatesmith/gatesmith/protocol"
)

// SetupChannels are the channels that a wizard can set up: those whose accounts
// need no more than a few texts. env looks a variable of the environment up.
func SetupChannels(env func(name string) string) []wizard.Channel {
	return []wizard.Channel{
		&channelSetup{kind: telegram.Kind{}, env: env, hint: "a bot, made by talking to @BotFather",
			fields: []channelField{{member: "botToken", step: "telegram-token", text: "Token of the bot, as @BotFather gives it", sample: "123456:ABC-DEF", secret: true, variable: "TELEGRAM_BOT_TOKEN"}},
			then:   "Whoever writes to the bot is told a code. `gateway channels approve` lets them talk to the assistant."},
		&channelSetup{kind: webhook.Kind{}, env: env, hint: "a service of your own, by signed requests",
			fields: []channelField{
				{member: "url", step: "webhook-url", text: "Address that messages for the service are posted to; leave it empty for one that only writes", sample: "https://service.example.com/gateway"},
				{member: "secret", step: "webhook-secret", text: "Secret that requests are signed with, in both directions", secret: true}},
			then: "The service writes to /channels/webhook/default of this gateway."},
	}
}

// channelAccount is the account that a wizard sets up: the one that is meant where
// none is named.
const channelAccount = "default"

// channelTime is how long a service may take to say that it is there.
const channelTime = 15 * time.Second

// channelSetup asks for what an account of a channel needs, and has it ask its
// service how it is.
type channelSetup struct {
	kind   channels.Kind
	env    func(name string) string
	hint   string
	fields []channelField
	then   string // told when the account is right
}

// channelField is a setting of an account.
type channelField struct {
	member       string // of the account in the configuration
	step         string // that asks for it
	text, sample string
	secret       bool
	variable     string // of the environment that may have it; "" for none
}

// Option is the channel.
func (c *channelSetup) Option() wizard.Option {
	info := c.kind.Info()
	return wizard.Option{Value: info.ID, Label: info.Label, Hint: c.hint}
}

// Ask asks for the fields until the service takes them, or the person does not
// mind.
func (c *channelSetup) Ask(ctx context.Context, a *wizard.Asker, now *protocol.Config) ([]wizard.Setting, error) {
	info := c.kind.Info()
	had := c.account(now)
	for wrong := ""; ; {
		account := make(map[string]any, len(had))
		for member, value := range had {
			account[member] = value
		}
		settings := []wizard.Setting{{Key: c.key("enabled"), Value: true}}
		account["enabled"] = true
		for _, f := range c.fields {
			text, err := a.Line(ctx, c.question(f, wrong, had[f.member] != nil))
			if err != nil {
				return nil, err
			}
			wrong = ""
			if text != "" {
				account[f.member] = text
				settings = append(settings, wizard.Setting{Key: c.key(f.member), Value: text, Secret: f.secret})
			}
		}
		next, again, err := c.settle(ctx, a, account)
		switch {
		case err != nil:
			return nil, err
		case !again:
			return settings, a.Note(ctx, info.ID, info.Label, c.then)
		}
		wrong = next
	}
}

func (c *channelSetup) question(f channelField, wrong string, there bool) wizard.Question {
	q := wizard.Question{Name: f.step, Title: c.kind.Info().Label, Text: f.text, Sample: f.sample, Secret: f.secret, Wrong: wrong}
	switch {
	case there:
		q.Text += "; leave it empty to keep the present one"
	case f.variable != "" && c.env(f.variable) != "":
		q.Text += "; leave it empty to use the one in " + f.variable
	}
	return q
}

func (c *channelSetup) key(member string) []string {
	return []string{"channels", c.kind.Info().ID, "accounts", channelAccount, member}
}

// account is what is configured already.
func (c *channelSetup) account(now *protocol.Config) map[string]any {
	var all map[string]struct{ Accounts map[string]map[string]any }
	if json.Unmarshal(now.Channels.V.AppendJSON(nil), &all) != nil {
		return nil
	}
	return all[c.kind.Info().ID].Accounts[channelAccount]
}

// settle tries an account. Where it is not right it is to be asked for again, and
// where its service can't be reached the person decides.
func (c *channelSetup) settle(ctx context.Context, a *wizard.Asker, account map[string]any) (wrong string, again bool, err error) {
	info := c.kind.Info()
	for {
		failed := c.try(ctx, account)
		var refused *refusedAccount
		switch {
		case ctx.Err() != nil:
			return "", false, context.Cause(ctx)
		case failed == nil:
			return "", false, nil
		case errors.As(failed, &refused):
			return info.Label + ": " + refused.why + ".", true, nil
		}
		what, err := a.Choose(ctx, wizard.Question{Name: info.ID + "-check", Title: info.Label + " does not answer", Text: failed.Error(), Initial: "retry", Options: []wizard.Option{
			{Value: "retry", Label: "Try again"}, {Value: "change", Label: "Enter it again"}, {Value: "continue", Label: "Go on with it", Hint: "it may answer later"},
		}})
		if err != nil || what != "retry" {
			return "", what == "change", err
		}
	}
}

// refusedAccount is one that would never work.
type refusedAccount struct{ why string }

func (r *refusedAccount) Error() string { return r.why }

// try opens the account and has it ask its service how it is.
func (c *channelSetup) try(ctx context.Context, account map[string]any) error {
	id := c.kind.Info().ID
	text, err := json.Marshal(map[string]any{id: map[string]any{"accounts": map[string]any{channelAccount: account}}})
	if err != nil {
		return err
	}
	var cfg protocol.ChannelsConfig
	if err := json.Unmarshal(text, &cfg); err != nil {
		return &refusedAccount{err.Error()}
	}
	settings := c.kind.Accounts(&cfg, c.env)
	if len(settings) != 1 {
		return &refusedAccount{"it has no account"}
	}
	if settings[0].Missing != "" {
		return &refusedAccount{settings[0].Missing}
	}
	return c.probe(ctx, settings[0])
}

// probe has an account that is complete ask its service how it is.
func (c *channelSetup) probe(ctx context.Context, s *channels.Settings) error {
	web := &http.Transport{Proxy: http.ProxyFromEnvironment}
	defer web.CloseIdleConnections()
	opened, err := c.kind.Open(s, &channels.Env{Channel: c.kind.Info().ID, Account: channelAccount, Logger: slog.New(slog.DiscardHandler), HTTP: &http.Client{Transport: web}, Now: time.Now})
	if err != nil {
		return &refusedAccount{err.Error()}
	}
	prober, ok := opened.(channels.Prober)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, channelTime)
	defer cancel()
	_, err = prober.Probe(ctx)
	if ended, ok := errors.AsType[*channels.Terminal](err); ok {
		return &refusedAccount{strings.TrimRight(ended.Err.Error(), ".")}
	}
	return err
}
