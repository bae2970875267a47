// Package slack is the channel to Slack: apps that are installed in a workspace.
//
// Types and calls are those of github.com/slack-go/slack, and the socket through
// which messages come (Socket Mode) is that library's. What it cannot do is done
// here: an event is acknowledged only when it is on the disk, one that the
// library cannot read is read all the same, and the supervision of channels hears
// of every sign of life.
package slack

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/channels/markup"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/slack-go/slack"
)

// What Slack takes, and shows whole.
const (
	maxText     = 4000
	maxOptions  = 10
	maxQuestion = 2000
	maxOption   = 500
)

// silence is how long nothing may be heard: Slack pings several times within it.
const silence = 45 * time.Second

// What variables have the tokens of the default account, where the configuration
// has none.
const (
	botVariable = "SLACK_BOT_TOKEN"
	appVariable = "SLACK_APP_TOKEN"
)

var info = &channels.Info{ID: "slack", Label: "Slack", Detail: "Slack Bot", Image: "number", Target: "<channel id|user id>",
	Polls: maxOptions, Logout: true, Silence: silence}

// Kind is the channel.
type Kind struct{ settle time.Duration } // 0: settleTime

var _ channels.Kind = Kind{}

// Info tells what the channel can do.
func (Kind) Info() *channels.Info { return info }

// Accounts gives the apps of the configuration.
func (Kind) Accounts(cfg *protocol.ChannelsConfig, env func(string) string) []*channels.Settings {
	var out []*channels.Settings
	for id, c := range cfg.Slack.V.Accounts {
		out = append(out, settings(id, &c, env))
	}
	return out
}

// config is what an account is made of.
type config struct {
	*protocol.SlackAccountConfig
	bot, app string // tokens
}

func settings(id string, c *protocol.SlackAccountConfig, env func(string) string) *channels.Settings {
	find := func(configured, variable string) (token, source string) {
		token, source = strings.TrimSpace(configured), "config"
		if token == "" && id == "default" {
			token, source = strings.TrimSpace(env(variable)), "env"
		}
		if token == "" {
			source = "none"
		}
		return token, source
	}
	bot, botSource := find(c.BotToken.V, botVariable)
	app, appSource := find(c.AppToken.V, appVariable)
	s := &channels.Settings{ID: id, Name: c.Name.V, Enabled: c.Enabled.V, Agent: c.Agent.V, Config: &config{c, bot, app},
		Secret: []string{"channels", "slack", "accounts", id, "botToken"}}
	if c.Access.Set {
		s.Access = &c.Access.V
	}
	s.Shown.Mode, s.Shown.BaseURL = wire.Some("socket"), c.BaseURL
	s.Shown.TokenSource, s.Shown.BotTokenSource, s.Shown.AppTokenSource = wire.Some(botSource), wire.Some(botSource), wire.Some(appSource)
	switch {
	case bot == "":
		s.Missing = "its botToken is missing"
	case !strings.HasPrefix(bot, "xoxb-"):
		s.Missing = "its botToken does not begin with xoxb-: take the Bot User OAuth Token, under OAuth & Permissions"
	case app == "":
		s.Missing = "its appToken is missing"
	case !strings.HasPrefix(app, "xapp-"):
		s.Missing = "its appToken does not begin with xapp-: take an App-Level Token with the scope connections:write, under Basic Information"
	}
	return s
}

// AppendJSON tells a change; tokens out of the environment are part of it.
func (c *config) AppendJSON(b []byte) []byte {
	b = wire.AppendString(wire.AppendString(b, c.bot), c.app)
	return append(b, c.SlackAccountConfig.AppendJSON(nil)...)
}

// Open makes an account.
func (k Kind) Open(s *channels.Settings, env *channels.Env) (channels.Account, error) {
	c := s.Config.(*config)
	a := &account{env: env, config: c, named: namesStandIn(s.Access), settle: cmp.Or(k.settle, settleTime), people: newCache[person](env.Now), rooms: newCache[room](env.Now), directs: newCache[string](env.Now),
		repaint: make(chan struct{}, 1), hints: make(chan hint, maxHints)}
	base := strings.TrimRight(cmp.Or(c.BaseURL.V, "https://slack.com/api"), "/") + "/"
	a.api = slack.New(c.bot, slack.OptionAppLevelToken(c.app), slack.OptionAPIURL(base), slack.OptionHTTPClient(&caller{env.HTTP}))
	return a, nil
}

// account is one app in one workspace.
type account struct {
	env    *channels.Env
	config *config
	api    *slack.Client
	named  bool          // allow-lists have names, so that senders have to have theirs
	settle time.Duration // after which a message that is not there never will be

	people  *cache[person]
	rooms   *cache[room]
	directs *cache[string] // chats with one person, by the person

	repaint chan struct{} // a poll may show other than it should
	hints   chan hint     // to voters

	mu   sync.Mutex
	self *identity // once known
}

// identity is who the bot is, and where.
type identity struct {
	user, name, bot       string
	team, teamName, teams string
}

func (a *account) me() *identity {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.self
}

var (
	userID   = regexp.MustCompile(`^[UW][A-Z0-9]{2,30}$`)
	roomID   = regexp.MustCompile(`^[CGD][A-Z0-9]{2,30}$`)
	threadTS = regexp.MustCompile(`^[0-9]{1,15}\.[0-9]{1,10}$`)
	shown    = regexp.MustCompile(`^<[@#]([A-Za-z0-9]+)(\|[^>]*)?>$`) // as messages have them
)

// Target reads a recipient: the id of a channel or of a person; a thread may stand
// behind it, as in C0123456789:thread:1712345678.000100.
func (a *account) Target(to string) (t channels.Target, err error) {
	chat, thread, _ := strings.Cut(to, ":thread:")
	for _, prefix := range []string{"slack:", "channel:", "group:", "user:", "dm:", "@", "#"} {
		chat = strings.TrimPrefix(chat, prefix)
	}
	if m := shown.FindStringSubmatch(chat); m != nil {
		chat = m[1]
	}
	t.Chat, t.Thread = chat, thread
	if strings.ContainsAny(chat, "0123456789") { // a name has capitals only by chance
		t.Chat = strings.ToUpper(chat)
	}
	switch {
	case thread != "" && !threadTS.MatchString(thread):
		return channels.Target{}, fmt.Errorf("%q is no thread: want the timestamp of its first message, like 1712345678.000100", thread)
	case userID.MatchString(t.Chat):
	case !roomID.MatchString(t.Chat):
		return channels.Target{}, fmt.Errorf("%q is neither the id of a channel, like C0123456789, nor that of a person, like U0123456789; Slack shows it in the details of the channel or the profile", chat)
	case t.Chat[0] == 'C':
		t.Type = channels.Channel
	case t.Chat[0] == 'G':
		t.Type = channels.Group
	}
	return t, nil
}

// Split divides a message into what Slack takes at once.
func (a *account) Split(m *channels.Message) ([]channels.Part, error) {
	if m.Poll == nil {
		return channels.SplitText(m, markup.Slack, maxText, maxText), nil
	}
	if n := markup.UTF16(m.Poll.Question); n > maxQuestion {
		return nil, fmt.Errorf("the question has %d characters, and a poll in Slack takes %d", n, maxQuestion)
	}
	for _, o := range m.Poll.Options {
		if n := markup.UTF16(o); n > maxOption {
			return nil, fmt.Errorf("an option has %d characters, and a poll in Slack takes %d", n, maxOption)
		}
	}
	return []channels.Part{{ID: channels.PartID(m, 0), To: m.To, Poll: m.Poll}}, nil
}

// Describe adds what is known of the bot and its workspace.
func (a *account) Describe(s *protocol.ChannelAccount, _ *protocol.ChannelSummary) {
	me := a.me()
	if me == nil {
		return
	}
	s.Bot = object(map[string]any{"id": me.user, "name": me.name})
	s.Extra = append(s.Extra, wire.Member{Name: "team", Value: object(me.workspace())})
}

func (me *identity) workspace() map[string]any {
	return map[string]any{"id": me.team, "name": me.teamName, "url": me.teams}
}

func object(v map[string]any) wire.Raw {
	text, err := json.Marshal(v)
	if err != nil {
		return wire.Raw("{}")
	}
	return text
}
