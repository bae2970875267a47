package channels

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/egress"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// defaultChannel is meant where none is named, and defaultAccount likewise.
const (
	defaultChannel = "whatsapp"
	defaultAccount = "default"
)

// Sessions are the conversations that messages belong to.
type Sessions interface {
	Keys() sessions.Keys
	Get(ctx context.Context, q store.Querier, key string) (*sessions.Session, error)
	Open(ctx context.Context, tx *store.Tx, key string, change func(*protocol.SessionEntry)) (*sessions.Session, error)
	Append(ctx context.Context, tx *store.Tx, sessionID string, m *protocol.Message) (messageID string, err error)
}

// Agent answers messages.
type Agent interface {
	// Take takes a message and sees to its answer, which comes through Enqueue;
	// what the gateway answers itself is the reply. A repeat of the request's id has
	// no second effect.
	Take(ctx context.Context, r agent.Request) (reply string, err error)
}

// Options say what a service works with.
type Options struct {
	Store    Store
	Sessions Sessions
	Agent    Agent
	Kinds    []Kind // in the order to show them
	Config   *protocol.ChannelsConfig
	Env      func(name string) string // nil: no variables
	HTTP     *http.Client             // to services; nil: the default one
	Egress   *egress.Client           // to addresses in messages; nil: none is asked
	// Forget takes settings out of the configuration; nil: it cannot be changed.
	Forget func(ctx context.Context, place []string) error
	Logger *slog.Logger
	Now    func() time.Time
}

// Service serves channels.
type Service struct {
	o     Options
	log   *slog.Logger
	now   func() time.Time
	kinds []Kind

	applying sync.Mutex // held while accounts are exchanged
	mu       sync.Mutex
	members  map[string][]*member // by channel, the default account first
	started  bool
	closed   bool
	waiting  map[string][]chan struct{} // for the end of messages, by id
}

var _ protocol.ChannelsHandler = (*Service)(nil)

// New returns a service. Its accounts can be asked about; Start lets them work.
func New(o Options) *Service {
	s := &Service{o: o, log: o.Logger, now: o.Now, kinds: o.Kinds, members: map[string][]*member{}, waiting: map[string][]chan struct{}{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.o.Env == nil {
		s.o.Env = func(string) string { return "" }
	}
	if s.o.HTTP == nil {
		s.o.HTTP = http.DefaultClient
	}
	cfg := cmp.Or(o.Config, &protocol.ChannelsConfig{})
	for _, k := range s.kinds {
		for _, settings := range s.settings(k, cfg) {
			s.members[k.Info().ID] = append(s.members[k.Info().ID], s.open(k, settings))
		}
	}
	return s
}

// accountForm is how accounts may be named: their names stand in addresses and in
// keys of sessions.
var accountForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// settings are a channel's accounts, the default one first and the others behind it
// by name.
func (s *Service) settings(k Kind, cfg *protocol.ChannelsConfig) []*Settings {
	list := slices.DeleteFunc(k.Accounts(cfg, s.o.Env), func(x *Settings) bool {
		bad := !accountForm.MatchString(x.ID)
		if bad {
			s.log.Error("an account of a channel is left out because of its name: want letters, digits, - and _, at most 64", "channel", k.Info().ID, "account", x.ID)
		}
		return bad
	})
	return slices.SortedFunc(slices.Values(list), func(a, b *Settings) int {
		if (a.ID == defaultAccount) != (b.ID == defaultAccount) {
			if a.ID == defaultAccount {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
}

// printOf stands for settings, to see a change.
func printOf(s *Settings) string {
	b := []byte(s.Missing + "\n")
	if s.Config != nil {
		b = s.Config.AppendJSON(b)
	}
	return string(b)
}

// Start lets the accounts work, each by itself.
func (s *Service) Start(ctx context.Context) error {
	s.applying.Lock()
	defer s.applying.Unlock()
	err := s.o.Store.Write(ctx, func(tx *store.Tx) error { return prune(ctx, tx, s.now()) })
	for _, m := range s.all() {
		if err == nil {
			err = m.start(ctx)
		}
	}
	s.mu.Lock()
	s.started = true
	s.mu.Unlock()
	return err
}

// KeepHouse forgets what is too old, until ctx ends.
func (s *Service) KeepHouse(ctx context.Context) {
	look := time.NewTicker(time.Hour)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if err := s.o.Store.Write(ctx, func(tx *store.Tx) error { return prune(ctx, tx, s.now()) }); err != nil && ctx.Err() == nil {
			s.log.Warn("old messages of channels could not be removed", "error", err)
		}
	}
}

// Close ends all accounts within a bounded time. What they did not come to is
// done after the next start.
func (s *Service) Close() {
	s.applying.Lock()
	defer s.applying.Unlock()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	closeAll(s.all())
}

func closeAll(list []*member) {
	var wg sync.WaitGroup
	for _, m := range list {
		wg.Go(m.close)
	}
	wg.Wait()
}

// Reconfigure puts other accounts in force. Those whose settings stay go on
// undisturbed.
func (s *Service) Reconfigure(ctx context.Context, cfg *protocol.ChannelsConfig) {
	s.applying.Lock()
	defer s.applying.Unlock()
	next := map[string][]*member{}
	var fresh []*member
	kept := map[*member]bool{}
	for _, k := range s.kinds {
		id := k.Info().ID
		for _, settings := range s.settings(k, cfg) {
			m := s.member(id, settings.ID)
			if m != nil && m.print == printOf(settings) {
				kept[m] = true
			} else {
				m = s.open(k, settings)
				fresh = append(fresh, m)
			}
			next[id] = append(next[id], m)
		}
	}
	gone := slices.DeleteFunc(s.all(), func(m *member) bool { return kept[m] })
	// The old ones end first: two must not work on the same rows.
	closeAll(gone)
	s.mu.Lock()
	s.members = next
	begin := s.started && !s.closed
	s.mu.Unlock()
	if !begin {
		return
	}
	for _, m := range fresh {
		if err := m.start(ctx); err != nil {
			s.log.Error("an account of a channel cannot be started", "channel", m.info.ID, "account", m.settings.ID, "error", err)
		}
	}
}

// all lists the accounts in the order of the channels.
func (s *Service) all() []*member {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*member
	for _, k := range s.kinds {
		out = append(out, s.members[k.Info().ID]...)
	}
	return out
}

// member gives an account, or nil.
func (s *Service) member(channel, account string) *member {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.members[channel] {
		if strings.EqualFold(m.settings.ID, account) {
			return m
		}
	}
	return nil
}

// kind gives a channel by its id, however it is written.
func (s *Service) kind(id string) (*Info, bool) {
	id = cmp.Or(strings.ToLower(strings.TrimSpace(id)), defaultChannel)
	for _, k := range s.kinds {
		if info := k.Info(); info.ID == id {
			return info, true
		}
	}
	return &Info{ID: id}, false
}

// account is the id of an account, however it is written.
func (s *Service) accountID(channel, account string) string {
	if account = strings.TrimSpace(account); account != "" {
		return account
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if list := s.members[channel]; len(list) > 0 {
		return list[0].settings.ID
	}
	return defaultAccount
}

// linked gives an account that messages can go through.
func (s *Service) linked(ctx context.Context, info *Info, account string) (*member, error) {
	id := s.accountID(info.ID, account)
	m := s.member(info.ID, id)
	if m == nil {
		return nil, protocol.Errorf(protocol.CodeNotLinked, "%s is not linked: no account %q is configured for the channel %s", info.Label, id, info.ID)
	}
	why := m.unusable()
	if l, ok := m.account.(Linker); ok && why == "" {
		switch linked, err := l.Linked(ctx); {
		case err != nil:
			why = err.Error()
		case !linked:
			why = "nobody has scanned its code yet; run gateway channels login " + info.ID
		}
	}
	if why != "" {
		return nil, protocol.Errorf(protocol.CodeNotLinked, "%s is not linked: account %q cannot be used: %s", info.Label, id, why)
	}
	return m, nil
}

// download fetches what an address in a message names.
func (s *Service) download(ctx context.Context, url string) (*egress.File, error) {
	if s.o.Egress == nil {
		return nil, errors.New("addresses in messages are not fetched")
	}
	return s.o.Egress.Get(ctx, url)
}

func (s *Service) nowMs() int64 { return s.now().UnixMilli() }

// wait gives a channel that is closed when a message has ended; forget it when
// nobody waits any more.
func (s *Service) wait(id string) (ended chan struct{}, forget func()) {
	c := make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[id] = append(s.waiting[id], c)
	return c, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if list := slices.DeleteFunc(s.waiting[id], func(x chan struct{}) bool { return x == c }); len(list) > 0 {
			s.waiting[id] = list
		} else {
			delete(s.waiting, id)
		}
	}
}

// tell wakes those who wait for the end of a message.
func (s *Service) tell(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.waiting[id] {
		close(c)
	}
	delete(s.waiting, id)
}

// equalHash reports whether a repeat asks for the same.
func equalHash(r *outRow, params []byte) bool { return bytes.Equal(r.hash, hashOf(params)) }
