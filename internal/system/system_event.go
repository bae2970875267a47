package system

import (
	"cmp"
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// maxNotes bounds the notes that wait for the agent; the oldest go first.
const maxNotes = 20

// SystemEvent takes a note for the agent, or a presence beacon.
func (s *Service) SystemEvent(_ context.Context, p *protocol.SystemEventParams) (*protocol.SystemEventResult, error) {
	text := strings.TrimSpace(p.Text)
	if text == "" {
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "text required")
	}
	e := protocol.PresenceEntry{Host: p.Host, IP: p.IP, Version: p.Version, Platform: p.Platform, DeviceFamily: p.DeviceFamily, ModelIdentifier: p.ModelIdentifier,
		Mode: p.Mode, DeviceID: p.DeviceID, InstanceID: p.InstanceID, Roles: p.Roles, Scopes: p.Scopes, Text: wire.Some(text), Ts: s.now().UnixMilli()}
	if p.Reason.Set {
		e.Reason = wire.Some(protocol.PresenceEntryReason(p.Reason.V))
	}
	if p.LastInputSeconds.Set && p.LastInputSeconds.V >= 0 {
		e.LastInputSeconds = wire.Some(int64(p.LastInputSeconds.V))
	}
	before := s.presence.put(cmp.Or(p.DeviceID.V, p.InstanceID.V, p.Host.V, p.IP.V, text), *e.Clone())
	s.events.BumpPresence()
	if !strings.HasPrefix(text, "Node:") || news(&before, &e) {
		s.Note(strings.Clone(text))
	}
	s.announce()
	return &protocol.SystemEventResult{}, nil
}

// news reports whether a beacon says more than that someone is still there.
func news(before, now *protocol.PresenceEntry) bool {
	reason := string(now.Reason.V)
	return before.Host != now.Host || before.IP != now.IP || before.Version != now.Version || before.Mode != now.Mode ||
		before.Reason != now.Reason && !strings.HasPrefix(reason, "periodic") && !strings.HasPrefix(reason, "heartbeat")
}

// Note is something that an agent is to look at; "" is the default agent.
type Note struct{ AgentID, Text string }

// Note keeps a note for the agent of the main session.
func (s *Service) Note(text string) { s.Leave(Note{Text: text}) }

// Leave keeps notes for agents.
func (s *Service) Leave(notes ...Note) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, notes...)
	if len(s.notes) > maxNotes {
		s.notes = append([]Note(nil), s.notes[len(s.notes)-maxNotes:]...)
	}
}

// Take takes the notes that wait.
func (s *Service) Take() []Note {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.notes
	s.notes = nil
	return taken
}
