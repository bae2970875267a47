package slack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/store"
)

// callback is an event of the Events API. The library's types have a hundred
// members more, and one that is not as expected would keep the message out.
type callback struct {
	TeamID         string `json:"team_id"`
	Authorizations []struct {
		TeamID       string `json:"team_id"`
		UserID       string `json:"user_id"`
		IsEnterprise bool   `json:"is_enterprise_install"`
	} `json:"authorizations"`
	Event event `json:"event"`
}

// event is what happened; of a message, what was said.
type event struct {
	Type        string          `json:"type"`
	Subtype     string          `json:"subtype"`
	User        string          `json:"user"`
	BotID       string          `json:"bot_id"`
	Text        string          `json:"text"`
	TS          string          `json:"ts"`
	ThreadTS    string          `json:"thread_ts"`
	ParentUser  string          `json:"parent_user_id"`
	Channel     json.RawMessage `json:"channel"` // an id, or in other events something else
	ChannelType string          `json:"channel_type"`
	Files       []file          `json:"files"`
	Attachments []attachment    `json:"attachments"`
	Message     *event          `json:"message"` // as it is after an edit
	Previous    *event          `json:"previous_message"`
	Tokens      struct {
		Bot []string `json:"bot"`
	} `json:"tokens"`
}

// attachment is what hangs below a message: one that was forwarded, for example.
type attachment struct {
	Text     string `json:"text"`
	Fallback string `json:"fallback"`
	Author   string `json:"author_name"`
	Share    bool   `json:"is_share"`
}

type file struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	MIME     string `json:"mimetype"`
	Kind     string `json:"pretty_type"`
	Mode     string `json:"mode"`
	Size     int64  `json:"size"`
	Subtype  string `json:"subtype"`
	Duration int64  `json:"duration_ms"`
}

// editable is how long after it was said a message that is edited counts.
const editable = 24 * time.Hour

// callback takes an event over. When it returns nil it is on the disk, or none of
// our business.
func (r *run) callback(ctx context.Context, payload json.RawMessage) error {
	var c callback
	if err := json.Unmarshal(payload, &c); err != nil {
		r.env.Logger.Warn("an event of Slack's cannot be read, it is left out", "error", err)
		return nil
	}
	me := r.me()
	if !c.meant(me) {
		return nil
	}
	switch e := &c.Event; e.Type {
	case "message", "app_mention":
		m, err := r.message(ctx, e, me)
		if err != nil || m == nil {
			return err
		}
		return r.in.Receive(ctx, m)
	case "app_uninstalled":
		return r.gone(ctx)
	case "tokens_revoked":
		if slices.Contains(e.Tokens.Bot, me.user) {
			return r.gone(ctx)
		}
	}
	return nil
}

// meant reports whether an event is for this workspace: an app that is installed
// in several gets those of all.
func (c *callback) meant(me *identity) bool {
	if len(c.Authorizations) == 0 {
		return c.TeamID == "" || c.TeamID == me.team
	}
	for _, x := range c.Authorizations {
		if x.TeamID == me.team || x.UserID == me.user || x.IsEnterprise {
			return true
		}
	}
	return false
}

// gone asks whether the app really is not in the workspace any more: an event that
// says so may be of before it was installed anew.
func (r *run) gone(ctx context.Context) error {
	_, err := r.whoAmI(ctx)
	if t, ok := errors.AsType[*channels.Terminal](err); ok {
		return t
	}
	if err != nil {
		r.env.Logger.Warn("Slack says that the app was taken out, but not who the bot is", "error", err)
	}
	return nil // if it is so all the same, the next call finds it out
}

// message gives what was said, or nil for what nobody said, or said to nobody here.
func (r *run) message(ctx context.Context, e *event, me *identity) (*channels.Inbound, error) {
	var room string
	_ = json.Unmarshal(e.Channel, &room)
	said := e
	switch e.Subtype {
	case "", "file_share", "me_message", "thread_broadcast":
	case "message_changed":
		if said = e.Message; said == nil || e.Previous != nil && e.Previous.Text == said.Text {
			return nil, nil // a preview was added to it, or the like
		}
		if r.env.Now().Sub(timeOf(said.TS)) > editable {
			return nil, nil
		}
	default:
		return nil, nil // deleted, joined, …
	}
	if said.User == "" || said.User == me.user || said.BotID != "" || said.User == "USLACKBOT" || !roomID.MatchString(room) || !threadTS.MatchString(said.TS) {
		return nil, nil
	}
	if slices.Contains([]string{"bot_message", "tombstone", "channel_join", "channel_leave"}, said.Subtype) {
		return nil, nil
	}
	x := &channels.Inbound{ID: said.TS, At: timeOf(said.TS), Sender: channels.Sender{ID: said.User}, Media: mediaOf(said.Files)}
	who, err := r.sender(ctx, said.User)
	if err != nil {
		return nil, err
	}
	x.Sender.Name, x.Sender.Username = who.name, who.username
	if x.Chat, err = r.chat(ctx, room, cmp.Or(e.ChannelType, said.ChannelType), said); err != nil {
		return nil, err
	}
	x.Text, x.Addressed = r.plain(ctx, said.Text, me)
	for _, f := range said.Attachments {
		if f.Share || x.Text == "" && len(x.Media) == 0 {
			text, _ := r.plain(ctx, cmp.Or(f.Text, f.Fallback), me)
			x.Text = strings.TrimSpace(x.Text + "\n[forwarded from " + cmp.Or(f.Author, "somebody") + ": " + text + "]")
		}
	}
	x.Addressed = x.Addressed || e.Type == "app_mention" || said.ParentUser == me.user
	if said.ThreadTS == "" || said.ThreadTS == said.TS {
		return x, nil
	}
	part, err := r.takesPart(ctx, room, said.ThreadTS)
	if err != nil {
		return nil, err
	}
	x.Addressed = x.Addressed || part
	if !part && (x.Addressed || x.Chat.Type == channels.Direct) {
		x.QuotedBy, x.Quoted = r.root(ctx, room, said.ThreadTS, me)
	}
	return x, nil
}

// root gives the message that a thread began with: the conversation in it begins
// with that. Where it cannot be had, it has to do without.
func (r *run) root(ctx context.Context, room, thread string, me *identity) (by, text string) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	p, err := r.page(ctx, room, thread, "", "", 1)
	if err != nil || len(p.messages) == 0 {
		r.env.Logger.Debug("the beginning of a thread in Slack cannot be had", "error", err)
		return "", ""
	}
	m := &p.messages[0]
	text, _ = r.plain(ctx, m.Text, me)
	switch {
	case m.User == me.user:
		return me.name, text
	case m.User != "":
		who, _ := r.person(ctx, m.User)
		return cmp.Or(who.name, m.User), text
	}
	return m.Username, text
}

// sender gives who somebody is. Where the configuration names people, an event
// waits a little for that.
func (r *run) sender(ctx context.Context, id string) (person, error) {
	for try := 1; ; try++ {
		p, err := r.person(ctx, id)
		switch {
		case err == nil:
			return p, nil
		case ctx.Err() != nil:
			return p, ctx.Err()
		case !r.named || try == 3:
			r.env.Logger.Warn("Slack does not say who somebody is: the id has to do", "user", id, "error", err)
			return p, nil
		}
		pause(ctx, tryAgain)
	}
}

// chat gives where something was said. The chat with one person is named by that
// person.
func (r *run) chat(ctx context.Context, id, kind string, said *event) (channels.Chat, error) {
	c := channels.Chat{ID: id, Type: channels.Channel}
	if said.ThreadTS != said.TS {
		c.Thread = said.ThreadTS
	}
	if kind == "im" || kind == "" && id[0] == 'D' {
		r.directs.put(said.User, id, keepName)
		c.ID, c.Type = said.User, channels.Direct
		return c, nil
	}
	x, err := r.room(ctx, id)
	if err != nil && ctx.Err() != nil {
		return c, ctx.Err()
	}
	if c.Title = x.title; kind == "mpim" || x.group {
		c.Type = channels.Group
	}
	if c.Thread == "" && r.config.ReplyInThread.V {
		c.Thread = said.TS
	}
	return c, nil
}

// spoke notes that the bot takes part in a thread.
func (a *account) spoke(ctx context.Context, chat, thread string) {
	err := a.env.Store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO slack_threads (account, chat, thread, spoke_at_ms) VALUES (?, ?, ?, ?)
			ON CONFLICT (account, chat, thread) DO UPDATE SET spoke_at_ms = excluded.spoke_at_ms`, a.env.Account, chat, thread, a.env.Now().UnixMilli())
		return err
	})
	if err != nil {
		a.env.Logger.Warn("it cannot be kept that the bot takes part in a thread: it has to be named there", "error", err)
	}
}

func (a *account) takesPart(ctx context.Context, chat, thread string) (yes bool, err error) {
	err = a.env.Store.Read(ctx, func(q store.Querier) error {
		return q.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM slack_threads WHERE account = ? AND chat = ? AND thread = ?)`, a.env.Account, chat, thread).Scan(&yes)
	})
	return yes, err
}

// timeOf is when something was said.
func timeOf(ts string) time.Time {
	whole, part, _ := strings.Cut(ts, ".")
	s, _ := strconv.ParseInt(whole, 10, 64)
	micros, _ := strconv.ParseInt(part, 10, 64)
	return time.Unix(s, micros*1000)
}

// mediaOf lists the files of a message.
func mediaOf(files []file) []channels.Media {
	var out []channels.Media
	for _, f := range files {
		if f.ID == "" || f.Mode == "tombstone" || f.Mode == "hidden_by_limit" {
			continue
		}
		kind := "file"
		switch {
		case f.Subtype == "slack_audio":
			kind = "voice message of " + strconv.FormatInt(f.Duration/1000, 10) + " seconds"
		case f.Subtype == "slack_video":
			kind = "video message"
		case strings.HasPrefix(f.MIME, "image/"):
			kind = "picture"
		}
		out = append(out, channels.Media{Ref: f.ID, MIME: f.MIME, Name: f.Name, Size: f.Size, Kind: kind})
	}
	return out
}
