// Package heartbeat has agents take turns by themselves: at intervals, and when
// there are notes for them to look at.
package heartbeat

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Note is something that an agent is to look at; "" is the default agent.
type Note struct{ Key, AgentID, Text string }

// Options say what a service works with.
type Options struct {
	Config  func() *protocol.HeartbeatConfig // read each time, because it may change while running
	Enabled func() bool                      // whether heartbeats are switched on
	Take    func() []Note                    // takes the notes that wait
	Return  func([]Note)                     // gives back those of a heartbeat that failed
	Done    func([]Note)                     // forgets those that an agent was told of
	Tasks   func() string                    // what the default agent is to look after; "" for nothing
	// Turn has an agent answer a message in its main session.
	Turn func(ctx context.Context, agentID, message, model string) (reply string, err error)
	// Deliver sends what an agent said to the last route of its main session.
	Deliver func(ctx context.Context, agentID, text string) error
	Ended   func(e *protocol.HeartbeatEvent)
	Logger  *slog.Logger
	Now     func() time.Time
}

// Service runs heartbeats.
type Service struct {
	o     Options
	asked chan struct{}

	mu   sync.Mutex
	soon time.Time // when one was asked for; zero: none was
	said map[string]utterance
}

// utterance is what an agent said last, so that it does not say it again and
// again.
type utterance struct {
	text string
	at   time.Time
}

// New returns a service. Run is to be called beside it.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Service{o: o, asked: make(chan struct{}, 1), said: map[string]utterance{}}
}

const (
	atOnce     = 250 * time.Millisecond // notes that come closer together are looked at together
	inAWhile   = time.Minute            // for notes that can wait, where there is no interval
	tryAgain   = 10 * time.Minute       // after a failure
	looksApart = time.Minute            // timers stand still while the machine sleeps
	sayAgain   = 24 * time.Hour         // after which the same words are news
	previewMax = 200
	token      = "HEARTBEAT_OK"
)

// Ask asks for a heartbeat: at once, or when one comes. Without an interval, one
// comes in a while.
func (s *Service) Ask(now bool) {
	wait := inAWhile
	switch {
	case now:
		wait = atOnce
	case s.every() > 0:
		return
	}
	s.askIn(wait)
}

func (s *Service) askIn(wait time.Duration) {
	s.mu.Lock()
	if at := s.o.Now().Add(wait); s.soon.IsZero() || at.Before(s.soon) {
		s.soon = at
	}
	s.mu.Unlock()
	select {
	case s.asked <- struct{}{}:
	default:
	}
}

func (s *Service) every() time.Duration {
	return time.Duration(s.o.Config().EveryMinutes.V) * time.Minute
}

// Run runs heartbeats until ctx ends.
func (s *Service) Run(ctx context.Context) {
	last := s.o.Now()
	timer := time.NewTimer(looksApart)
	defer timer.Stop()
	for {
		timer.Reset(s.wait(last))
		select {
		case <-ctx.Done():
			return
		case <-s.asked:
			continue
		case <-timer.C:
		}
		now := s.o.Now()
		if last.After(now) {
			last = now // the clock was set back
		}
		if asked := s.takeAsked(now); s.o.Enabled() && (asked || s.scheduled(last, now)) {
			s.beat(ctx, asked)
			last = s.o.Now()
		} else if asked {
			s.askIn(looksApart) // it is not forgotten while they are switched off
		}
	}
}

// wait is how long nothing is to be done.
func (s *Service) wait(last time.Time) time.Duration {
	now, wait := s.o.Now(), looksApart
	if every := s.every(); every > 0 {
		wait = min(wait, last.Add(every).Sub(now))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.soon.IsZero() {
		wait = min(wait, s.soon.Sub(now))
	}
	if wait <= 0 && !s.o.Enabled() || wait <= 0 && s.soon.IsZero() && !s.active(now) {
		return looksApart
	}
	return max(wait, 0)
}

func (s *Service) takeAsked(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.soon.IsZero() || s.soon.After(now) {
		return false
	}
	s.soon = time.Time{}
	return true
}

func (s *Service) scheduled(last, now time.Time) bool {
	every := s.every()
	return every > 0 && !now.Before(last.Add(every)) && s.active(now)
}

// active reports whether it is a time of day for heartbeats.
func (s *Service) active(now time.Time) bool {
	c := s.o.Config()
	from, until, at := c.ActiveFrom.V, c.ActiveUntil.V, now.Format("15:04")
	switch {
	case from == "" && until == "":
		return true
	case until == "":
		return at >= from
	case from <= until:
		return from <= at && at < until
	}
	return at >= from || at < until // through midnight
}

// beat has each agent that there are notes for take a turn, and the default one
// if there is something for it to look after.
func (s *Service) beat(ctx context.Context, asked bool) {
	notes := map[string][]Note{}
	var agents []string
	for _, n := range s.o.Take() {
		if notes[n.AgentID] == nil {
			agents = append(agents, n.AgentID)
		}
		notes[n.AgentID] = append(notes[n.AgentID], n)
	}
	tasks := ""
	if !asked {
		tasks = strings.TrimSpace(s.o.Tasks())
	}
	if tasks != "" && !slices.Contains(agents, "") {
		agents = append(agents, "")
	}
	if len(agents) == 0 {
		s.ended(s.o.Now(), &protocol.HeartbeatEvent{Status: protocol.HeartbeatEventStatusSkipped, Reason: wire.Some(protocol.HeartbeatEventReasonEmptyHeartbeatFile), Silent: wire.Some(true)})
		return
	}
	for _, agent := range agents {
		about := tasks
		if agent != "" {
			about = ""
		}
		if !s.one(ctx, agent, about, notes[agent]) {
			s.o.Return(notes[agent])
			s.askIn(tryAgain)
			continue
		}
		s.o.Done(notes[agent])
	}
}

// one is the heartbeat of one agent; false when it failed.
func (s *Service) one(ctx context.Context, agent, tasks string, notes []Note) bool {
	begun, c := s.o.Now(), s.o.Config()
	reply, err := s.o.Turn(ctx, agent, message(c.Prompt.V, tasks, notes), c.Model.V)
	if err != nil {
		if ctx.Err() == nil {
			s.o.Logger.Warn("a heartbeat failed", "agent", agent, "error", err)
			s.ended(begun, &protocol.HeartbeatEvent{Status: protocol.HeartbeatEventStatusFailed, Reason: wire.Some(protocol.HeartbeatEventReason(clip(err.Error(), previewMax))),
				IndicatorType: wire.Some(protocol.HeartbeatEventIndicatorTypeError)})
		}
		return false
	}
	e := &protocol.HeartbeatEvent{HasMedia: wire.Some(false)}
	text, ack := strip(reply, int(c.AckMaxChars.V))
	if text != "" {
		e.Preview = wire.Some(clip(text, previewMax))
	}
	switch {
	case strings.TrimSpace(reply) == "":
		e.Status, e.Silent, e.IndicatorType = protocol.HeartbeatEventStatusOkEmpty, wire.Some(true), wire.Some(protocol.HeartbeatEventIndicatorTypeOk)
	case ack:
		e.Status, e.Silent, e.IndicatorType = protocol.HeartbeatEventStatusOkToken, wire.Some(true), wire.Some(protocol.HeartbeatEventIndicatorTypeOk)
	case s.repeats(agent, text):
		e.Status, e.Reason = protocol.HeartbeatEventStatusSkipped, wire.Some(protocol.HeartbeatEventReasonDuplicate)
	default:
		e.Status, e.IndicatorType = protocol.HeartbeatEventStatusSent, wire.Some(protocol.HeartbeatEventIndicatorTypeAlert)
		if err := s.o.Deliver(ctx, agent, text); err != nil {
			// It stands in the main session all the same.
			e.Status, e.Reason, e.IndicatorType = protocol.HeartbeatEventStatusSkipped, wire.Some(protocol.HeartbeatEventReasonNoTarget), wire.Opt[protocol.HeartbeatEventIndicatorType]{}
		}
	}
	s.ended(begun, e)
	return true
}

func (s *Service) ended(begun time.Time, e *protocol.HeartbeatEvent) {
	now := s.o.Now()
	e.Ts, e.DurationMs = now.UnixMilli(), wire.Some(max(now.Sub(begun).Milliseconds(), 0))
	s.o.Ended(e)
}

// repeats reports whether an agent said the very same not long ago.
func (s *Service) repeats(agent, text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, before := s.o.Now(), s.said[agent]
	if before.text == text && now.Sub(before.at) < sayAgain {
		return true
	}
	s.said[agent] = utterance{text, now} // as many as there are agents
	return false
}

// message is what an agent is asked.
func message(prompt, tasks string, notes []Note) string {
	parts := []string{prompt}
	if tasks != "" {
		parts = append(parts, "HEARTBEAT.md:\n"+tasks)
	}
	if len(notes) > 0 {
		lines := []string{"Notes:"}
		for _, n := range notes {
			lines = append(lines, "- "+strings.ReplaceAll(n.Text, "\n", "\n  "))
		}
		parts = append(parts, strings.Join(lines, "\n"))
	}
	return strings.Join(parts, "\n\n")
}

// strip takes the word off a reply that says that nothing needs attention. With
// few words beside it, it is all that was said.
func strip(reply string, most int) (text string, ack bool) {
	text = strings.TrimSpace(reply)
	rest := strings.Trim(strings.TrimSuffix(strings.TrimPrefix(text, token), token), " \t\r\n.*`")
	if strings.HasPrefix(text, token) || strings.HasSuffix(text, token) {
		return rest, len([]rune(rest)) <= most
	}
	return text, false
}

func clip(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
