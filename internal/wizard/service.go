// Package wizard serves the group of that name: the guided setup of a gateway,
// one step at a time.
//
// A wizard is a script, an ordinary function that asks one question after the
// other and waits for each answer. Calls answer what it asks. What it is told
// becomes a change of the configuration, which is written once, at the end, and
// only while the file is what the wizard has read: until then nothing is touched,
// and whoever stops a wizard leaves nothing behind.
//
// `gateway setup` puts the same steps to a person at a terminal, whether the
// wizard runs in a gateway or in the command itself.
package wizard

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/protocol"
)

// Settings is the configuration as the wizard reads and changes it.
type Settings interface {
	// Read gives the file as it is now, with what is wrong with it.
	Read() *config.Loaded
	// Swap changes the file while its hash is base, else the error is
	// config.HashChanged, and puts the outcome into force. Restart reports that a
	// part of it waits for another start.
	Swap(ctx context.Context, base, by string, change func(now *config.Loaded) ([]byte, error)) (restart bool, err error)
	// Restart has the gateway start anew in a while.
	Restart(reason string)
}

// Options say what a service works with.
type Options struct {
	Settings Settings
	StateDir string
	// Workspace tells in which folder the default agent of a configuration works.
	Workspace func(c *protocol.Config) string
	// Channels are the ways to messages that can be set up, in the order in which
	// they are offered.
	Channels []Channel
	Logger   *slog.Logger

	Offline   bool                     // no gateway runs with this configuration
	Hide      func(secrets ...string)  // told of every secret before it is used; nil: nobody is told
	Idle      time.Duration            // until a wizard that nobody answers ends; DefaultIdle when 0
	Env       func(name string) string // os.Getenv when nil
	Transport http.RoundTripper        // to model services; nil: the usual one
}

// DefaultIdle is how long a wizard waits for an answer.
const DefaultIdle = 30 * time.Minute

// Service serves the group wizard.
type Service struct {
	o   Options
	log *slog.Logger

	mu     sync.Mutex
	run    *run // the one that runs, or whose end nobody was told yet
	closed bool
}

var _ protocol.WizardHandler = (*Service)(nil)

// New makes a service. Close it in the end.
func New(o Options) *Service {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Hide == nil {
		o.Hide = func(...string) {}
	}
	if o.Idle <= 0 {
		o.Idle = DefaultIdle
	}
	return &Service{o: o, log: o.Logger}
}

// Close ends the wizard that runs.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	r := s.run
	s.mu.Unlock()
	if r != nil {
		r.stop(errClosed)
	}
}

// find gives the wizard that a call means: by its id, else the one there is.
func (s *Service) find(id string, named bool) (*run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil || named && s.run.id != id {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "wizard not found")
	}
	return s.run, nil
}

// forget drops a wizard whose end was told.
func (s *Service) forget(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == r {
		s.run = nil
	}
}
