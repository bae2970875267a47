package slack

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/slack-go/slack"
)

// How names are looked up.
const (
	lookTime    = 2 * time.Second // an event waits for them, and is to be acknowledged within 3 s
	keepName    = time.Hour
	keepNothing = 5 * time.Minute // that there is none
	maxNames    = 5000
)

// person is a member of the workspace.
type person struct{ name, username string }

// room is a channel, or a chat of several people.
type room struct {
	title string
	group bool // a chat of several people
}

// cache keeps what Slack was asked, for a while.
type cache[V any] struct {
	now func() time.Time
	mu  sync.Mutex
	m   map[string]kept[V]
}

type kept[V any] struct {
	v     V
	until time.Time
}

func newCache[V any](now func() time.Time) *cache[V] {
	return &cache[V]{now: now, m: map[string]kept[V]{}}
}

func (c *cache[V]) get(id string) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k, ok := c.m[id]
	return k.v, ok && c.now().Before(k.until)
}

func (c *cache[V]) put(id string, v V, keep time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.m[id]; !known && len(c.m) >= maxNames {
		for other := range c.m { // any
			delete(c.m, other)
			break
		}
	}
	c.m[id] = kept[V]{v, c.now().Add(keep)}
}

// look gives what is kept, or asks. That Slack does not say is kept for a while,
// too.
func look[V any](ctx context.Context, a *account, c *cache[V], id string, ask func(ctx context.Context) (V, error)) (V, error) {
	if v, ok := c.get(id); ok {
		return v, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	v, err := call(ctx, a, ask)
	switch {
	case err == nil:
		c.put(id, v, keepName)
	case lasting(err):
		a.env.Logger.Debug("Slack does not give a name", "id", id, "error", err)
		c.put(id, v, keepNothing)
		err = nil
	}
	return v, err
}

func (a *account) person(ctx context.Context, id string) (person, error) {
	return look(ctx, a, a.people, id, func(ctx context.Context) (person, error) {
		u, err := a.api.GetUserInfoContext(ctx, id)
		if err != nil {
			return person{}, err
		}
		p := person{name: cmp.Or(u.Profile.DisplayName, u.Profile.RealName, u.RealName, u.Name)}
		// Names are unique within a workspace only: somebody of another one, in a
		// shared channel, must not pass for who is in the list.
		if me := a.me(); me != nil && (u.TeamID == "" || u.TeamID == me.team) {
			p.username = u.Name
		}
		return p, nil
	})
}

func (a *account) room(ctx context.Context, id string) (room, error) {
	return look(ctx, a, a.rooms, id, func(ctx context.Context) (room, error) {
		c, err := a.api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: id})
		if err != nil {
			return room{}, err
		}
		r := room{group: c.IsMpIM}
		if c.Name != "" && !c.IsMpIM {
			r.title = "#" + c.Name
		}
		return r, nil
	})
}

// direct gives the chat with a person, which Slack makes if there is none. Other
// chats are themselves.
func (a *account) direct(ctx context.Context, chat string) (string, error) {
	if !userID.MatchString(chat) {
		return chat, nil
	}
	if id, ok := a.directs.get(chat); ok {
		return id, nil
	}
	id, err := call(ctx, a, func(ctx context.Context) (string, error) {
		c, _, _, err := a.api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{chat}, ReturnIM: true})
		if err == nil && c.ID == "" {
			err = slack.SlackErrorResponse{Err: "internal_error"}
		}
		if err != nil {
			return "", err
		}
		return c.ID, nil
	})
	if err == nil {
		a.directs.put(chat, id, keepName)
	}
	return id, harmless(err)
}

// namesStandIn reports whether allow-lists have anything but ids.
func namesStandIn(x *protocol.ChannelAccessConfig) bool {
	if x == nil {
		return false
	}
	lists := [][]string{x.AllowFrom}
	for _, g := range x.Groups {
		lists = append(lists, g.AllowFrom)
	}
	for _, list := range lists {
		for _, entry := range list {
			if entry = strings.ToUpper(strings.TrimSpace(entry)); entry != "*" && !userID.MatchString(entry) {
				return true
			}
		}
	}
	return false
}
