package agent

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/usage"
	"github.com/gatesmith/gatesmith/protocol"
)

// Store is where runs are kept.
type Store interface {
	Read(ctx context.Context, f func(store.Querier) error) error
	Write(ctx context.Context, f func(*store.Tx) error) error
}

// Sessions are the conversations that runs read and add to.
type Sessions interface {
	Keys() sessions.Keys
	Open(ctx context.Context, tx *store.Tx, key string, change func(*protocol.SessionEntry)) (*sessions.Session, error)
	Get(ctx context.Context, q store.Querier, key string) (*sessions.Session, error)
	FindByID(ctx context.Context, q store.Querier, sessionID string) (*sessions.Session, error)
	Update(ctx context.Context, tx *store.Tx, key, sessionID string, change func(*protocol.SessionEntry)) error
	Append(ctx context.Context, tx *store.Tx, sessionID string, m *protocol.Message) (messageID string, err error)
	Context(ctx context.Context, q store.Querier, sessionID string) ([]protocol.Message, error)
	Cut(ctx context.Context, tx *store.Tx, sessionID, firstKept, summary string) error
	SendAllowed(s *sessions.Session) bool
}

// Usage is told what answers took.
type Usage interface {
	Record(ctx context.Context, tx *store.Tx, e usage.Entry) error
}

// Models are the language models.
type Models interface {
	Lookup(name string) (llm.Model, error)
	Provider(name string) (llm.Provider, error)
	Default() llm.Model
}

// Publisher tells connections of events.
type Publisher interface {
	Publish(ctx context.Context, e protocol.Event)
}

// Delivery is a reply on its way out.
type Delivery struct {
	RunID, SessionKey string
	Route             Route
	Text              string
}

// Deliverer takes replies over, in the transaction that ends their run, so that
// a reply is neither lost nor sent twice. The error is a *protocol.Error when it
// cannot be delivered at all; it is told, and the run ends as it would have.
type Deliverer interface {
	Enqueue(ctx context.Context, tx *store.Tx, d Delivery) error
}

// Options say what a service works with.
type Options struct {
	Store    Store
	Sessions Sessions
	Usage    Usage
	Models   Models
	Events   Publisher
	Tools    Toolbox   // nil: none
	Deliver  Deliverer // nil: nothing can be delivered
	// Skills gives what is added to the system prompt about skills; nil: nothing.
	Skills func(p *Profile) string
	// Limits are read each time, because they may change while running.
	Limits func() Limits
	Logger *slog.Logger
	Now    func() time.Time
}

// Limits bound how much goes on.
type Limits struct {
	Concurrent int            // runs at a time in the main lane, and as many in that of sub-agents
	Queued     int            // runs that wait
	Lanes      map[string]int // runs at a time in other lanes; 1 where nothing is said
}

func (l Limits) size(lane string) int {
	switch n, named := l.Lanes[lane]; {
	case named:
		return n
	case lane == mainLane, lane == SubagentLane:
		return max(1, l.Concurrent)
	}
	return 1
}

// Service runs the assistant.
type Service struct {
	o      Options
	log    *slog.Logger
	now    func() time.Time
	roster atomic.Pointer[Roster]

	ctx  context.Context // ends when runs have to
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu      sync.Mutex
	closing bool
	sched   *schedule
	runs    map[string]*Run          // those that have not ended, by id
	claimed map[string]chan struct{} // ids that are being looked at
	waiters map[string][]chan struct{}
	avatars avatarCache
}

var _ protocol.AgentHandler = (*Service)(nil)

// New returns a service; Resume takes up what was left.
func New(o Options, r *Roster) *Service {
	s := &Service{o: o, log: o.Logger, now: o.Now, runs: map[string]*Run{}, claimed: map[string]chan struct{}{}, waiters: map[string][]chan struct{}{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.o.Limits == nil {
		s.o.Limits = func() Limits { return Limits{Concurrent: 8, Queued: 1000} }
	}
	s.sched = newSchedule(func(lane string) int { return s.o.Limits().size(lane) }, func() int { return max(1, s.o.Limits().Queued) })
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.roster.Store(r)
	return s
}

// Roster is the agents there are now.
func (s *Service) Roster() *Roster { return s.roster.Load() }

// SetRoster puts other agents in force; runs that go on keep theirs.
func (s *Service) SetRoster(r *Roster) {
	s.roster.Store(r)
	s.avatars.forget()
	s.mu.Lock()
	turn := s.sched.next(mainLane) // limits may have grown
	s.mu.Unlock()
	s.begin(turn)
}

// Close interrupts the runs that go on and waits for them. They are taken up
// again by the next Resume.
func (s *Service) Close() {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.stop()
	s.wg.Wait()
}

// Drain waits until nothing runs, or ctx ends.
func (s *Service) Drain(ctx context.Context) {
	for {
		s.mu.Lock()
		var one *Run
		for _, r := range s.runs {
			if one == nil && r.going() {
				one = r
			}
		}
		s.mu.Unlock()
		if one == nil {
			return
		}
		select {
		case <-one.done:
		case <-ctx.Done():
			return
		}
	}
}

func (s *Service) nowMs() int64 { return s.now().UnixMilli() }
