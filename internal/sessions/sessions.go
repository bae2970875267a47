// Package sessions keeps conversations: their records, which clients list and
// change, and their transcripts, which runs read and add to. It serves the
// method group of that name.
//
// A run works inside a transaction of its own:
//
//	sess, err := s.Open(ctx, tx, key, nil)
//	id, err := s.Append(ctx, tx, sess.Entry.SessionID, &message)
//	…
//	messages, err := s.Context(ctx, q, sess.Entry.SessionID)
//
// Nothing that was said is erased. A reset gives the session a new transcript, a
// deletion marks the old one, a compaction moves its beginning; the rows stay.
package sessions

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// Store is where sessions are kept.
type Store interface {
	Read(ctx context.Context, f func(store.Querier) error) error
	Write(ctx context.Context, f func(*store.Tx) error) error
}

// Runs stops what goes on in a session.
type Runs interface {
	// StopSession drops the messages that wait in the session, stops its
	// sub-agents and aborts its run. It returns when all that has ended, or
	// with the error of ctx.
	StopSession(ctx context.Context, key, sessionID string) error
}

// Options say what a service works with. All may be left out.
type Options struct {
	// Keys gives the rules for keys as configured now.
	Keys func() Keys
	// Config gives the session part of the configuration as it is now.
	Config func() *protocol.SessionConfig
	// Models is the catalogue. Without it no model can be chosen.
	Models Models
	// Runs is asked to stop before a session is deleted.
	Runs Runs
	// Path stands for the place where sessions are kept, in answers to people.
	Path   string
	Logger *slog.Logger
	Now    func() time.Time
}

// Service keeps sessions.
type Service struct {
	store  Store
	keys   func() Keys
	config func() *protocol.SessionConfig
	models Models
	runs   Runs
	path   string
	log    *slog.Logger
	now    func() time.Time
}

var _ protocol.SessionsHandler = (*Service)(nil)

// New returns a service.
func New(st Store, o Options) *Service {
	s := &Service{store: st, keys: o.Keys, config: o.Config, models: o.Models, runs: o.Runs, path: o.Path, log: o.Logger, now: o.Now}
	if s.keys == nil {
		s.keys = func() Keys { return Keys{} }
	}
	if s.config == nil {
		s.config = func() *protocol.SessionConfig { return &protocol.SessionConfig{} }
	}
	if s.models == nil {
		s.models = noModels{}
	}
	if s.runs == nil {
		s.runs = noRuns{}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Keys gives the rules for keys.
func (s *Service) Keys() Keys { return s.keys() }

type noRuns struct{}

func (noRuns) StopSession(context.Context, string, string) error { return nil }

// Session is a conversation.
type Session struct {
	// Key is canonical.
	Key string
	// AgentID is the agent that answers in it.
	AgentID string
	// Entry is the record as clients see it.
	Entry protocol.SessionEntry
}

// newSessionID makes a random UUID.
func newSessionID() string {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (s *Service) nowMs() int64 { return s.now().UnixMilli() }
