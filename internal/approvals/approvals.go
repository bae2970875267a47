// Package approvals serves the group of that name: the file that says which
// commands may run on the gateway's machine and, through them, on nodes; and
// the questions that go to people before a command runs.
//
// A question is a row from its beginning to its end, so that it outlives the
// connection it came over and the process: approvers who connect later see it,
// and whoever asked can come back for the answer. A decision is good for the one
// command whose digest it is for, and for one time.
//
// Nothing that an agent can use decides: a decision comes over the connection of
// an operator, and never over the one that asked.
package approvals

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// Store is where questions are kept.
type Store interface {
	Read(ctx context.Context, f func(store.Querier) error) error
	Write(ctx context.Context, f func(*store.Tx) error) error
}

// Events tells connections of questions and decisions.
type Events interface {
	Publish(ctx context.Context, e protocol.Event)
	PublishTo(connID string, e protocol.Event) bool
}

// Invoker has a node carry out a command, whatever the lists that limit what
// clients may invoke. Its errors are those of nodes.invoke.
type Invoker interface {
	Invoke(ctx context.Context, nodeID, command string, params []byte) (payload []byte, err error)
}

// Options say what a service works with.
type Options struct {
	Store  Store
	Events Events
	Path   string           // of the exec-approvals file
	Nodes  Invoker          // nil: there are no nodes
	Now    func() time.Time // nil: the time
	Logger *slog.Logger     // nil: none
}

// Service asks people, and keeps the file.
type Service struct {
	o    Options
	log  *slog.Logger
	now  func() time.Time
	file *policy.File

	mu      sync.Mutex
	waiting map[string]*question // that nobody has decided
}

var _ protocol.ApprovalsHandler = (*Service)(nil)

// New returns a service. Start is to be called before it is used.
func New(o Options) *Service {
	s := &Service{o: o, log: o.Logger, now: o.Now, file: policy.Open(o.Path), waiting: map[string]*question{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Start takes up the questions that the last process left.
func (s *Service) Start(ctx context.Context) error {
	var left []*question
	err := s.o.Store.Write(ctx, func(tx *store.Tx) (err error) {
		if err := tidy(ctx, tx, s.now()); err != nil {
			return err
		}
		left, err = undecided(ctx, tx, s.now())
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range left {
		s.waiting[q.id] = q
	}
	return err
}

// Opened tells a new connection what waits for a decision, if it may decide.
func (s *Service) Opened(p *server.Peer) {
	if !protocol.AllowEvent(protocol.EventExecApprovalRequested, p.Grant) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, q := range s.inOrder() {
		if q.announced && q.live(now) {
			s.o.Events.PublishTo(p.ConnID, q.event())
		}
	}
}

var (
	errPending  = protocol.Errorf(protocol.CodeInvalidRequest, "approval id already pending")
	errUnknown  = protocol.Errorf(protocol.CodeInvalidRequest, "unknown approval id")
	errDecision = protocol.Errorf(protocol.CodeInvalidRequest, "invalid decision")
	errOwn      = protocol.Errorf(protocol.CodeInvalidRequest, "an approval is for somebody else to decide than who asked for it")
	errLarge    = protocol.Errorf(protocol.CodeInvalidRequest, "the command is too long to be decided on: 65536 bytes at most, with its variables")
	errFull     = protocol.Errorf(protocol.CodeUnavailable, "too many commands wait for approval: decide some, or wait until their time is up")
)
