package cron

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// Store is where jobs and runs are kept.
type Store interface {
	Read(ctx context.Context, f func(store.Querier) error) error
	Write(ctx context.Context, f func(*store.Tx) error) error
}

// Publisher tells connections of events.
type Publisher interface {
	Publish(ctx context.Context, e protocol.Event)
}

// Turn is what a job has the agent do.
type Turn struct {
	RunID    string // the same for the same run, also in the next process
	JobID    string
	AgentID  string // "": the default agent
	Isolated bool   // in the job's own session, with a fresh transcript; else in the main one
	Message  string
	Model    string // "": the agent's
	Thinking string // "": the agent's
	Timeout  time.Duration
	Deliver  bool
	Channel  string
	To       string
	// BestEffort has a reply that cannot be delivered be no failure.
	BestEffort bool
}

// Agent takes turns.
type Agent interface {
	// Turn does a turn and gives its reply. The error is for people, unless ctx
	// ended: then the turn goes on without us.
	Turn(ctx context.Context, t Turn) (reply string, err error)
}

// Notes are what agents are told of at their next look.
type Notes interface {
	// Note leaves a note for an agent, "" being the default one; with now, it
	// looks at once. One with the key of another that waits is the same; "" is no
	// key.
	Note(ctx context.Context, key, agentID, text string, now bool) error
}

// Options say what a service works with.
type Options struct {
	Store  Store
	Events Publisher
	Agent  Agent
	Notes  Notes
	Config func() *protocol.CronConfig // read each time, because it may change while running
	Path   string                      // where jobs are kept, for people
	Local  *time.Location              // of expressions without a zone; nil: the system's
	Logger *slog.Logger
	Now    func() time.Time
}

// Service runs jobs.
type Service struct {
	o   Options
	log *slog.Logger
	now func() time.Time

	ctx  context.Context // ends when runs have to
	stop context.CancelFunc
	wg   sync.WaitGroup
	look chan struct{} // something changed: look at what is due

	mu      sync.Mutex
	running int // of the scheduler's runs
}

var _ protocol.CronHandler = (*Service)(nil)

// New returns a service. Start has it run what is due.
func New(o Options) *Service {
	s := &Service{o: o, log: o.Logger, now: o.Now, look: make(chan struct{}, 1)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.o.Local == nil {
		s.o.Local = time.Local
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Start takes up the runs that the last process left, and runs what is due from
// now on.
func (s *Service) Start(ctx context.Context) error {
	left, err := s.recover(ctx)
	if err != nil {
		return err
	}
	for _, r := range left {
		s.begin(r)
	}
	s.wg.Go(s.schedule)
	return nil
}

// Close stops running jobs and waits. Runs that go on are taken up by the next
// Start.
func (s *Service) Close() {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.wg.Wait()
}

// spawn does something that Close waits for; not when it has been called.
func (s *Service) spawn(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return false
	}
	s.wg.Go(f)
	return true
}

// Reconfigured has a changed configuration take effect.
func (s *Service) Reconfigured() { s.wake() }

// wake has the scheduler look at what is due.
func (s *Service) wake() {
	select {
	case s.look <- struct{}{}:
	default:
	}
}

func (s *Service) enabled() bool { return !s.o.Config().Enabled.Set || s.o.Config().Enabled.V }

func (s *Service) nowMs() int64 { return s.now().UnixMilli() }

func (s *Service) tell(e *protocol.CronEvent) {
	s.o.Events.Publish(context.Background(), protocol.NewEventCron(e))
}
