package agent

import (
	"cmp"
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// AgentIdentityGet gives an agent's name and picture, for a chat window.
func (s *Service) AgentIdentityGet(_ context.Context, p *protocol.AgentIdentityGetParams) (*protocol.AgentIdentityGetResult, error) {
	keys := s.o.Sessions.Keys()
	agent, known := s.Roster().Find(p.AgentID.V)
	if strings.TrimSpace(p.SessionKey.V) != "" {
		of := keys.Agent(keys.Canonical(p.SessionKey.V))
		if p.AgentID.Set && (!known || agent.ID != of) {
			return nil, protocol.Errorf(protocol.CodeInvalidRequest, "invalid agent.identity.get params: agent %q does not match session key agent %q", clip(p.AgentID.V, 80), of)
		}
		agent, known = s.Roster().Find(of)
	}
	if !known {
		agent = s.Roster().Default()
	}
	picture := strings.TrimSpace(agent.Identity.Avatar.V)
	if len([]rune(picture)) > 4 {
		picture = s.avatars.of(agent.Identity.Avatar.V, agent.Workspace)
	}
	picture = cmp.Or(picture, agent.Identity.Emoji.V, strings.ToUpper(clipRunes(agent.title(), 1)))
	return &protocol.AgentIdentityGetResult{AgentID: agent.ID, Name: clipRunes(agent.title(), 50), Avatar: picture}, nil
}

func clipRunes(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most])
	}
	return text
}
