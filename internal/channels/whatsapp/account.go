//go:build whatsapp

package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	wastore "go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
)

// readTime bounds a look at the state that has no caller's time.
const readTime = 5 * time.Second

// account is a linked number.
type account struct {
	id     string
	env    *channels.Env
	log    *slog.Logger
	dial   Dial
	state  *state
	keeper *keeper

	socket chan struct{} // held by whoever has a connection

	seen      *recent[quotable] // messages that came into groups, to quote them
	confirmed *recent[struct{}]
	groups    *recent[string] // their names

	mu      sync.Mutex
	running Client // connected
	me      self
	link    *link
}

// self is whose device this is.
type self struct {
	jid, lid types.JID
	number   string
}

// know keeps whose device this is.
func (a *account) know(device *wastore.Device) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.me = self{jid: device.GetJID(), lid: device.GetLID(), number: numberOf(device.GetJID().ToNonAD())}
}

// is reports whether an address is the account's own.
func (s self) is(jid types.JID) bool {
	return jid.User != "" && (jid.Server == types.DefaultUserServer && jid.User == s.jid.User || jid.Server == types.HiddenUserServer && jid.User == s.lid.User)
}

func (a *account) self() self {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.me
}

var errNotConnected = errors.New("WhatsApp is not connected")

// client gives the connection, if there is one.
func (a *account) client() (Client, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.running == nil {
		return nil, errNotConnected
	}
	return a.running, nil
}

// use has messages go through a connection; nil: through none.
func (a *account) use(c Client) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running = c
}

// hold waits until nobody else has a connection.
func (a *account) hold(ctx context.Context) (release func(), err error) {
	select {
	case a.socket <- struct{}{}:
		return sync.OnceFunc(func() { <-a.socket }), nil
	case <-ctx.Done():
		return nil, fmt.Errorf("another connection to WhatsApp does not end: %w", ctx.Err())
	}
}

var (
	numberForm = regexp.MustCompile(`^\+?[0-9]{5,20}$`)
	groupForm  = regexp.MustCompile(`^[0-9]+(-[0-9]+)?$`)
)

// numberOf is the number of a person as people write it, and of others their
// address.
func numberOf(jid types.JID) string {
	if jid.Server == types.DefaultUserServer {
		return "+" + jid.User
	}
	return jid.ToNonAD().String()
}

// Target reads a phone number, or the address of a group or a person.
func (a *account) Target(to string) (channels.Target, error) {
	text := strings.TrimSpace(to)
	if rest, ok := cutFold(text, "whatsapp:"); ok {
		text = strings.TrimSpace(rest)
	}
	if user, server, ok := strings.Cut(text, "@"); ok {
		switch server = strings.ToLower(server); {
		case server == types.GroupServer && groupForm.MatchString(user):
			return channels.Target{Chat: user + "@" + server, Type: channels.Group}, nil
		case server == types.HiddenUserServer && numberForm.MatchString(user) && user[0] != '+':
			return channels.Target{Chat: user + "@" + server, Type: channels.Direct}, nil
		case (server == types.DefaultUserServer || server == types.LegacyUserServer) && numberForm.MatchString(user):
			text = user
		default:
			return channels.Target{}, fmt.Errorf("%q is not the address of a person or a group", to)
		}
	}
	number := strings.NewReplacer(" ", "", "-", "", "(", "", ")", "", ".", "").Replace(text)
	if !numberForm.MatchString(number) {
		return channels.Target{}, fmt.Errorf("%q is not a phone number with its country code, such as +491701234567", to)
	}
	return channels.Target{Chat: "+" + strings.TrimPrefix(number, "+"), Type: channels.Direct}, nil
}

func cutFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// jidOf is the address of a chat.
func jidOf(chat string) (types.JID, error) {
	if number, ok := strings.CutPrefix(chat, "+"); ok {
		return types.NewJID(number, types.DefaultUserServer), nil
	}
	return types.ParseJID(chat)
}
