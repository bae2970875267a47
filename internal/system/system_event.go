package system

import (
	"cmp"
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

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
		if err := s.Note(strings.Clone(text)); err != nil {
			return nil, err
		}
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
