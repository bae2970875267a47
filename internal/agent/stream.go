package agent

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// How often events tell of growing text, at most. The first piece is told at
// once.
const (
	chatEvery  = 150 * time.Millisecond
	agentEvery = 40 * time.Millisecond
)

// stream tells of a run as it goes on: numbered events of the run, and the text
// so far for chat windows. Text that comes faster than it is told is told in
// one piece. Until the run's acceptance is answered everything is held back, so
// that nobody hears of a run that he does not know yet.
type stream struct {
	publish func(protocol.Event)
	run     string
	session string // as the caller wrote it
	quiet   bool   // no chat events
	tools   bool   // tool events are sent
	now     func() time.Time

	mu       sync.Mutex
	held     bool
	over     bool
	pending  []func() // events that wait for the release
	seq      int64    // of the last event
	text     []byte   // of the whole run
	told     int      // how much of it agent events have told
	shown    int      // how much of it chat events have told
	thought  []byte
	thoughts int // how much of it was told
	agentAt  time.Time
	chatAt   time.Time
	timer    *time.Timer
}

func newStream(r *Request, publish func(protocol.Event), seq int64, now func() time.Time) *stream {
	return &stream{publish: publish, run: r.ID, session: r.Said, quiet: r.Quiet, now: now, held: true, seq: seq}
}

// showTools decides whether events tell of tools.
func (s *stream) showTools(show bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tools = show
}

// release begins to tell.
func (s *stream) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.held {
		return
	}
	s.held = false
	for _, f := range s.pending {
		f()
	}
	s.pending = nil
	s.due()
}

// event sends an event behind the text that came before it.
func (s *stream) event(f func(common eventHead) protocol.AgentEventField) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell()
	s.later(func() { s.send(f(s.head())) })
}

// later does something now, or at the release.
func (s *stream) later(f func()) {
	if s.held {
		s.pending = append(s.pending, f)
		return
	}
	f()
}

// eventHead is what all events of a run have.
type eventHead struct {
	run     string
	seq     int64
	ts      protocol.Timestamp
	session wire.Opt[string]
}

func (s *stream) head() eventHead {
	s.seq++
	return eventHead{s.run, s.seq, protocol.Timestamp(s.now().UnixMilli()), wire.Opt[string]{V: s.session, Set: s.session != ""}}
}

func (s *stream) send(e protocol.AgentEventField) { s.publish(protocol.NewEventAgent(e)) }

// toolEvent sends an event of a tool, or, where they are not wanted and it is none
// that everybody is to see, only counts it.
func (s *stream) toolEvent(always bool, data protocol.AgentToolData) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell()
	s.later(func() {
		if h := s.head(); s.tools || always {
			s.send(&protocol.AgentEventTool{RunID: h.run, Seq: h.seq, Ts: h.ts, SessionKey: h.session, Data: data})
		}
	})
}

// say adds text of the assistant.
func (s *stream) say(piece string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = append(s.text, piece...)
	s.due()
}

// think adds reasoning.
func (s *stream) think(piece string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.thought = append(s.thought, piece...)
	s.due()
}

// paragraph parts what is said after a tool from what was said before.
func (s *stream) paragraph() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.text) > 0 {
		s.text = append(s.text, "\n\n"...)
	}
	s.thought, s.thoughts = nil, 0
}

// restart forgets what was said: the model is asked again.
func (s *stream) restart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text, s.told, s.shown, s.thought, s.thoughts = nil, 0, 0, nil, 0
}

// due tells what may be told now, and sees that the rest is told in time.
func (s *stream) due() {
	if s.held || s.over {
		return
	}
	now := s.now()
	if s.untold() && now.Sub(s.agentAt) >= agentEvery {
		s.tell()
	}
	if s.unshown() && now.Sub(s.chatAt) >= chatEvery {
		s.show()
	}
	wait := time.Duration(-1)
	if s.untold() {
		wait = agentEvery - now.Sub(s.agentAt)
	}
	if s.unshown() && (wait < 0 || chatEvery-now.Sub(s.chatAt) < wait) {
		wait = chatEvery - now.Sub(s.chatAt)
	}
	if wait < 0 || s.timer != nil {
		return
	}
	s.timer = time.AfterFunc(wait, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.timer = nil
		s.due()
	})
}

func (s *stream) untold() bool  { return s.told < len(s.text) || s.thoughts < len(s.thought) }
func (s *stream) unshown() bool { return !s.quiet && s.shown < len(s.text) }

// tell sends the events of what has grown.
func (s *stream) tell() {
	if s.held {
		return // told at the release
	}
	if s.thoughts < len(s.thought) {
		h := s.head()
		s.thoughts = len(s.thought)
		s.send(&protocol.AgentEventThinking{RunID: h.run, Seq: h.seq, Ts: h.ts, SessionKey: h.session, Data: protocol.AgentThinkingData{Content: string(s.thought)}})
		s.agentAt = s.now()
	}
	if s.told < len(s.text) {
		h := s.head()
		text := string(s.text)
		delta := text[s.told:]
		s.told = len(text)
		s.send(&protocol.AgentEventAssistant{RunID: h.run, Seq: h.seq, Ts: h.ts, SessionKey: h.session, Data: protocol.AgentAssistantData{Text: text, Delta: wire.Some(delta)}})
		s.agentAt = s.now()
	}
}

// show sends the text so far to chat windows.
func (s *stream) show() {
	s.tell()
	s.shown = len(s.text)
	s.chatAt = s.now()
	s.chat(&protocol.ChatEventField{State: protocol.ChatStateDelta, Message: wire.Some(s.reply(string(s.text)))})
}

// chat sends a chat event; its number is that of the run's last event.
func (s *stream) chat(e *protocol.ChatEventField) {
	if s.quiet {
		return
	}
	e.RunID, e.SessionKey, e.Seq = s.run, s.session, s.seq
	s.publish(protocol.NewEventChat(e))
}

func (s *stream) reply(text string) protocol.Message {
	return protocol.Message{Role: protocol.MessageRoleAssistant, Content: textContent(text), Timestamp: wire.Some(protocol.Timestamp(s.now().UnixMilli()))}
}

// said is the text so far.
func (s *stream) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.TrimSpace(string(s.text))
}

// end tells the rest, the run's end, and what chat windows are to show; nothing
// is told afterwards.
func (s *stream) end(lifecycle protocol.AgentLifecycleData, last *protocol.ChatEventField) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	if s.timer != nil {
		s.timer.Stop()
	}
	s.tell()
	h := s.head()
	s.send(&protocol.AgentEventLifecycle{RunID: h.run, Seq: h.seq, Ts: h.ts, SessionKey: h.session, Data: lifecycle})
	s.chat(last)
	s.over = true
}

// publisher is how events leave.
func publisher(ctx context.Context, p Publisher) func(protocol.Event) {
	return func(e protocol.Event) { p.Publish(ctx, e) }
}
