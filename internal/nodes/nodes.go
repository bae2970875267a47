// Package nodes knows the nodes that are connected, what they offer, and hands
// them commands. It serves the method group of that name; who may be a node is
// for its Pairing to say.
//
//	s := nodes.New(nodes.Options{Pairing: devices, Events: server, …})
//	answer, err := s.Invoke(ctx, nodes.Call{NodeID: id, Command: "camera.snap"})
package nodes

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// Pairing is the part of the group that is about who is a node, and whom it
// knows.
type Pairing interface {
	NodePairRequest(ctx context.Context, p *protocol.NodePairRequestParams) (*protocol.NodePairRequestResult, error)
	NodePairVerify(ctx context.Context, p *protocol.NodePairVerifyParams) (*protocol.NodePairVerifyResult, error)
	NodesPairApprove(ctx context.Context, p *protocol.NodesPairApproveParams) (*protocol.NodesPairApproveResult, error)
	NodesPairList(ctx context.Context, p *protocol.NodesPairListParams) (*protocol.NodesPairListResult, error)
	NodesPairReject(ctx context.Context, p *protocol.NodesPairRejectParams) (*protocol.NodesPairRejectResult, error)
	NodesRename(ctx context.Context, p *protocol.NodesRenameParams) (*protocol.NodesRenameResult, error)
}

// Paired is a node that an operator has approved.
type Paired struct {
	ID          string
	Name        string // given by an operator, or ""
	DisplayName string // its own, or ""
	Platform    string
	RemoteIP    string
}

// Records are the nodes that are paired.
type Records interface {
	PairedNodes(ctx context.Context) ([]Paired, error)
	// PairedNode gives nil for a node that is not paired.
	PairedNode(ctx context.Context, id string) (*Paired, error)
}

// Events sends events to all who may have them, or to one connection, and
// reports whether that is there.
type Events interface {
	Publish(ctx context.Context, e protocol.Event)
	PublishTo(connID string, e protocol.Event) bool
}

// Turn is what a node wants an agent to do.
type Turn struct {
	RunID    string
	Node     string // its name, for records
	Session  string // as the node wrote it; "" for the main session
	Message  string
	Thinking string
	Timeout  time.Duration // 0: the agent's
	Deliver  bool
	Channel  string
	To       string
}

// Turns begins what nodes ask of agents.
type Turns interface {
	Begin(ctx context.Context, t Turn) error
}

// Notes keeps what the agent of a session is to look at.
type Notes interface {
	Note(ctx context.Context, session, text string)
}

// Options say what a service works with.
type Options struct {
	Pairing Pairing
	Records Records
	Events  Events
	Turns   Turns
	Notes   Notes
	// Guard gives the params with which a command may go to a node, or refuses it:
	// nobody but the gateway says that a command was approved. It does not hold for
	// internal calls; nil: all go as they are.
	Guard func(ctx context.Context, nodeID, command string, params []byte) ([]byte, error)
	// Config is read each time, because it may change while running.
	Config func() *protocol.NodesConfig
	// Canonical gives a session's key in the one form that it has in events of
	// any client.
	Canonical func(key string) string
	Logger    *slog.Logger
	Now       func() time.Time
}

// Service knows the nodes that are connected.
type Service struct {
	Pairing
	o   Options
	log *slog.Logger
	now func() time.Time

	following atomic.Int64 // subscriptions of all nodes

	mu      sync.Mutex
	nodes   map[string]*conn // by node id: the newest connection of each
	conns   map[string]*conn // by connection
	follows map[string]map[*conn]bool
	calls   map[string]*call // those that wait for their node, by request id
	answers answers
}

var _ protocol.NodesHandler = (*Service)(nil)

// New returns a service.
func New(o Options) *Service {
	s := &Service{Pairing: o.Pairing, o: o, log: o.Logger, now: o.Now, nodes: map[string]*conn{}, conns: map[string]*conn{},
		follows: map[string]map[*conn]bool{}, calls: map[string]*call{}, answers: newAnswers()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}
