package config

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// Options are what the service works with.
type Options struct {
	File     File
	Loaded   *Loaded // what the gateway was started with
	StateDir string
	Version  string
	Logger   *slog.Logger

	// Reload puts a configuration into force, as far as that is possible while
	// the gateway runs. Restart tells that the rest has to wait for another
	// start.
	Reload func(next *Loaded) (restart bool, err error)
	// Restart has the gateway start anew after a while; nil: it can't, and what
	// waits for another start goes on waiting.
	Restart func(delay time.Duration, reason string)

	Now func() time.Time // time.Now when nil
}

// Service serves the group config, and sees to it that the gateway follows its
// file.
type Service struct {
	o    Options
	made time.Time // of the schema that is served

	// Whatever is taken up is read under this lock, so that the last one to take
	// something up has read the newest.
	mu     sync.Mutex
	good   *Loaded    // the last one that was valid
	fallen []Fallback // what is wrong with the file as it is
	seen   string     // the hash of the text that was looked at last
}

var _ protocol.ConfigHandler = (*Service)(nil)

// New makes the service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o: o, made: o.Now(), good: o.Loaded, fallen: o.Loaded.fallen, seen: o.Loaded.Hash}
}

// Follow puts into force what the file says now, if need be by a restart.
func (s *Service) Follow(reason string) {
	if s.takeUp() {
		s.restartFor(reason, defaultRestartDelay)
	}
}

func (s *Service) restartFor(reason string, delay time.Duration) {
	if s.o.Restart == nil {
		s.o.Logger.Warn("this gateway does not restart by itself: restart it to put everything into force")
		return
	}
	s.o.Restart(delay, reason)
}

// takeUp puts into force what the file says now, and reports whether a part of it
// has to wait for another start.
func (s *Service) takeUp() (restart bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, err := s.o.File.Read()
	s.seen = next.Hash
	if err == nil {
		restart, err = s.o.Reload(next)
	}
	if problems, ok := errors.AsType[Problems](err); ok && s.o.File.Check != nil &&
		next.fallBack(problems, func(yield func(*Loaded) bool) { yield(s.good) }, s.o.File.Check) {
		restart, err = s.o.Reload(next)
	}
	if err != nil {
		problems, ok := errors.AsType[Problems](err)
		if !ok {
			problems = Problems{{File: next.Path, Rule: RuleValue, Message: err.Error()}}
		}
		s.fallen = []Fallback{{"", problems, s.good.name()}}
		s.o.Logger.Error("the configuration was not reloaded, what was in force stays so", "error", err)
		return false
	}
	for _, w := range next.Warnings {
		s.o.Logger.Warn("configuration", "warning", w.String())
	}
	next.WarnFallbacks(s.o.Logger)
	s.good, s.fallen = next, next.fallen
	s.keep()
	return restart
}

// keep has the history hold what the gateway runs with, also where a hand wrote it:
// it is what there is to fall back to.
func (s *Service) keep() {
	if !s.good.Exists || s.good.fallen != nil {
		return
	}
	if err := s.o.File.History.keep(s.good.Text, "", s.o.Now()); err != nil {
		s.o.Logger.Warn("the history does not have this version of the configuration", "error", err)
	}
}

// Fallbacks tells what of the file is wrong at the moment, so that something
// earlier is in force.
func (s *Service) Fallbacks() []Fallback {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fallen
}

// StatusFallbacks are the fallbacks as the overview of a gateway has them.
func (s *Service) StatusFallbacks() (list []protocol.StatusConfigFallback) {
	for _, f := range s.Fallbacks() {
		list = append(list, protocol.StatusConfigFallback{Section: f.Section, Issues: issues(f.Problems), InForce: f.From})
	}
	return list
}

// byAdmin reports whether a request comes from somebody who may see secrets.
func byAdmin(ctx context.Context) bool {
	p := server.PeerFrom(ctx)
	return p != nil && p.Grant&adminGrant == adminGrant
}

var adminGrant = protocol.GrantOf(protocol.RoleOperator, []string{protocol.ScopeOperatorAdmin.String()})

// write changes the file for a client.
func (s *Service) write(ctx context.Context, base, by string, change func(now *Loaded) ([]byte, error)) (*Loaded, error) {
	p := server.PeerFrom(ctx)
	next, err := s.o.File.Write(ctx, Write{Base: strings.TrimSpace(base), Change: change, Programs: p != nil && p.Owner, By: by})
	if err != nil {
		return nil, refusal(err)
	}
	s.written(p, by, next)
	return next, nil
}

// written notes who changed the file.
func (s *Service) written(p *server.Peer, by string, next *Loaded) {
	who := "?"
	if p != nil {
		who = p.Name()
	}
	s.o.Logger.Info("configuration written", "method", by, "client", who, "hash", next.Hash)
}

// refusal words for a client why a change was not made.
func refusal(err error) error {
	if c, ok := errors.AsType[Conflict](err); ok {
		return protocol.Errorf(protocol.CodeInvalidRequest, "%s", c.Error())
	}
	if e, ok := errors.AsType[*protocol.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*UnwritableError](err); ok {
		return protocol.Errorf(protocol.CodeUnavailable, "%s", e.Error())
	}
	problems, ok := errors.AsType[Problems](err)
	if !ok {
		return protocol.Errorf(protocol.CodeInvalidRequest, "%s", err.Error())
	}
	if len(problems) > 0 && problems[0].Rule == RuleSyntax {
		return protocol.Errorf(protocol.CodeInvalidRequest, "%s", parseError(problems[0]))
	}
	refused := protocol.Errorf(protocol.CodeInvalidRequest, "invalid config")
	refused.Details = &protocol.ConfigSetDetails{Issues: issues(problems)}
	return refused
}

// parseError words a text that is not JSON5 as clients know it.
func parseError(p Problem) string {
	message := p.Message
	if p.end {
		message = "invalid end of input"
	}
	return fmt.Sprintf("SyntaxError: JSON5: %s at %d:%d", message, p.Line, p.Col)
}

// syntax words a syntax error of a text that is no file's.
func syntax(text []byte, err *syntaxError) error {
	p := Problem{Message: err.message, end: err.at >= len(text)}
	p.Line, p.Col = newLines(text).place(err.at)
	return protocol.Errorf(protocol.CodeInvalidRequest, "%s", parseError(p))
}

// issues are problems as clients get them.
func issues(problems Problems) []protocol.ConfigIssue {
	list := make([]protocol.ConfigIssue, 0, len(problems))
	for _, p := range problems {
		message := p.Message
		switch {
		case p.Rule == RuleSyntax:
			message = "JSON5 parse failed: " + parseError(p)
		case p.From != "":
			message += " (from " + p.From + ")"
		}
		list = append(list, protocol.ConfigIssue{Path: p.Key, Message: message, Rule: wire.Some(p.Rule)})
	}
	return list
}
