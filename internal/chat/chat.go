// Package chat serves the method group of that name: conversations as a chat
// window shows them.
package chat

import (
	"context"
	"log/slog"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// Store is the database.
type Store interface {
	Read(ctx context.Context, f func(store.Querier) error) error
	Write(ctx context.Context, f func(*store.Tx) error) error
}

// Publisher tells clients what is said.
type Publisher interface {
	Publish(ctx context.Context, e protocol.Event)
}

// Runs are what answers messages.
type Runs interface {
	Start(ctx context.Context, r agent.Request) (*agent.Ticket, error)
	Command(ctx context.Context, r agent.Request, do func(context.Context) (reply string, err error)) (*agent.Ticket, error)
	Live(id string) *agent.Run
	Known(ctx context.Context, id string) (bool, error)
	Stop(match func(*agent.Run) bool, why protocol.ChatStopReason) []*agent.Run
}

// Options say what a service works with.
type Options struct {
	Store    Store
	Sessions *sessions.Service
	Events   Publisher
	Runs     Runs // what answers messages
	// Thinking gives the level of an agent's sessions that set none; nil for
	// off.
	Thinking func(agentID string) protocol.ThinkingLevel
	Logger   *slog.Logger
	Now      func() time.Time
}

// Service serves chat windows.
type Service struct {
	runs     Runs
	store    Store
	sessions *sessions.Service
	events   Publisher
	thinking func(agentID string) protocol.ThinkingLevel
	log      *slog.Logger
	now      func() time.Time

	maxHistory int // bytes
}

var _ protocol.ChatHandler = (*Service)(nil)

// New returns a service.
func New(o Options) *Service {
	s := &Service{runs: o.Runs, store: o.Store, sessions: o.Sessions, events: o.Events, thinking: o.Thinking, log: o.Logger, now: o.Now, maxHistory: maxHistory}
	if s.thinking == nil {
		s.thinking = func(string) protocol.ThinkingLevel { return protocol.ThinkingLevelOff }
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}
