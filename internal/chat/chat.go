// Package chat serves the method group of that name: conversations as a chat
// window shows them.
package chat

import (
	"context"
	"log/slog"
	"time"

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

// Options say what a service works with.
type Options struct {
	Store    Store
	Sessions *sessions.Service
	Events   Publisher
	// Thinking gives the level of an agent's sessions that set none; nil for
	// off.
	Thinking func(agentID string) protocol.ThinkingLevel
	Logger   *slog.Logger
	Now      func() time.Time
}

// Service serves chat windows.
type Service struct {
	protocol.UnimplementedChat

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
	s := &Service{store: o.Store, sessions: o.Sessions, events: o.Events, thinking: o.Thinking, log: o.Logger, now: o.Now, maxHistory: maxHistory}
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
