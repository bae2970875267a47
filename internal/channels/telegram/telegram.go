// Package telegram is the channel to Telegram: bots, by Telegram's Bot API.
//
// Types and calls are those of github.com/go-telegram/bot; the loop that asks for
// messages is our own, because a message may be confirmed only when it is on the
// disk.
package telegram

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/markup"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// What Telegram takes.
const (
	maxText     = 4096
	maxCaption  = 1024
	maxOptions  = 12
	maxQuestion = 300
	maxOption   = 100
)

// silence is how long nothing may be heard: twice the time that Telegram is asked
// to wait for messages, and a little more.
const silence = 55 * time.Second

// tokenVariable has the token of the default account, where the configuration has
// none.
const tokenVariable = "TELEGRAM_BOT_TOKEN"

var info = &channels.Info{ID: "telegram", Label: "Telegram", Detail: "Telegram Bot", Image: "paperplane", Target: "<chat id|@name>", Topics: true,
	Polls: maxOptions, Logout: true, Silence: silence}

// Kind is the channel.
type Kind struct{}

var _ channels.Kind = Kind{}

// Info tells what the channel can do.
func (Kind) Info() *channels.Info { return info }

// Accounts gives the bots of the configuration.
func (Kind) Accounts(cfg *protocol.ChannelsConfig, env func(string) string) []*channels.Settings {
	var out []*channels.Settings
	for id, c := range cfg.Telegram.V.Accounts {
		out = append(out, settings(id, &c, env))
	}
	return out
}

// config is what an account is made of.
type config struct {
	*protocol.TelegramAccountConfig
	token string
}

var tokenForm = regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`)

func settings(id string, c *protocol.TelegramAccountConfig, env func(string) string) *channels.Settings {
	token, source := strings.TrimSpace(c.BotToken.V), "config"
	if token == "" && id == "default" {
		token, source = strings.TrimSpace(env(tokenVariable)), "env"
	}
	s := &channels.Settings{ID: id, Name: c.Name.V, Enabled: c.Enabled.V, Agent: c.Agent.V, Rate: c.RatePerSecond.V, Config: &config{c, token},
		Secret: []string{"channels", "telegram", "accounts", id, "botToken"}}
	if c.Access.Set {
		s.Access = &c.Access.V
	}
	s.Shown.Mode = wire.Some(mode(c))
	s.Shown.WebhookURL, s.Shown.BaseURL = c.WebhookURL, c.BaseURL
	switch {
	case token == "":
		s.Missing = "its botToken is missing"
		source = "none"
	case !tokenForm.MatchString(token):
		s.Missing = "its botToken is not of the form 123456:ABC…, as @BotFather gives it"
	}
	s.Shown.TokenSource = wire.Some(source)
	return s
}

func mode(c *protocol.TelegramAccountConfig) string {
	if c.WebhookURL.V != "" {
		return "webhook"
	}
	return "polling"
}

// AppendJSON tells a change; a token out of the environment is part of it.
func (c *config) AppendJSON(b []byte) []byte {
	return append(wire.AppendString(b, c.token), c.TelegramAccountConfig.AppendJSON(nil)...)
}

// Open makes an account.
func (Kind) Open(s *channels.Settings, env *channels.Env) (channels.Account, error) {
	c := s.Config.(*config)
	a := &account{env: env, config: c, base: strings.TrimRight(cmp.Or(c.BaseURL.V, "https://api.telegram.org"), "/")}
	var err error
	a.bot, err = bot.New(c.token, bot.WithSkipGetMe(), bot.WithServerURL(a.base), bot.WithHTTPClient(pollTime, &caller{env.HTTP}),
		bot.WithErrorsHandler(func(err error) { env.Logger.Debug("the Telegram library", "error", a.masked(err)) }))
	if err != nil {
		return nil, err
	}
	return a, nil
}

// account is one bot.
type account struct {
	env    *channels.Env
	config *config
	base   string
	bot    *bot.Bot

	mu        sync.Mutex
	self      *models.User // once known
	conflicts int          // in a row: somebody else asked for the bot's messages
}

func (a *account) me() *models.User {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.self
}

// masked keeps the token out of an error.
func (a *account) masked(err error) error {
	if text := err.Error(); strings.Contains(text, a.config.token) {
		return errors.New(strings.ReplaceAll(text, a.config.token, "***"))
	}
	return err
}

var (
	number   = regexp.MustCompile(`^\+?(-?[0-9]{1,20})$`)
	username = regexp.MustCompile(`^@?([A-Za-z][A-Za-z0-9_]{3,63})$`)
)

// Target reads a recipient: a chat id, or the @name of a channel or group; a topic
// may stand behind it, as in -100123:topic:7.
func (a *account) Target(to string) (t channels.Target, err error) {
	chat, topic, _ := strings.Cut(to, ":topic:")
	for _, prefix := range []string{"telegram:", "tg:", "https://t.me/", "t.me/"} {
		chat = strings.TrimPrefix(chat, prefix)
	}
	if topic != "" && !number.MatchString(topic) {
		return t, fmt.Errorf("%q is no topic: want a number", topic)
	}
	t.Thread = topic
	if m := number.FindStringSubmatch(chat); m != nil {
		t.Chat = m[1]
		if strings.HasPrefix(t.Chat, "-") {
			t.Type = channels.Group
		}
		return t, nil
	}
	if m := username.FindStringSubmatch(chat); m != nil {
		t.Chat, t.Type = "@"+m[1], channels.Group
		return t, nil
	}
	return t, fmt.Errorf("%q is neither a number nor a @name", to)
}

// Split divides a message into what Telegram takes at once.
func (a *account) Split(m *channels.Message) ([]channels.Part, error) {
	if m.Poll == nil {
		return channels.SplitText(m, markup.Telegram, maxText, maxCaption), nil
	}
	if n := markup.UTF16(m.Poll.Question); n > maxQuestion {
		return nil, fmt.Errorf("the question has %d characters, and Telegram takes %d", n, maxQuestion)
	}
	for _, o := range m.Poll.Options {
		if n := markup.UTF16(o); n > maxOption {
			return nil, fmt.Errorf("an option has %d characters, and Telegram takes %d", n, maxOption)
		}
	}
	return []channels.Part{{ID: channels.PartID(m, 0), To: m.To, ReplyTo: m.ReplyTo, Poll: m.Poll}}, nil
}

// Describe adds what is known of the bot.
func (a *account) Describe(s *protocol.ChannelAccount, _ *protocol.ChannelSummary) {
	if me := a.me(); me != nil {
		s.Bot = wire.Raw(fmt.Sprintf(`{"id":%d,"username":%s}`, me.ID, wire.AppendString(nil, me.Username)))
	}
}

// caller makes the library's requests, and notes how far each came.
type caller struct{ http *http.Client }
