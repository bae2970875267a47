package chat

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/protocol"
)

// ChatAbort stops a run that chat.send started, or all of a session. The
// session is named as chat.send named it.
func (s *Service) ChatAbort(_ context.Context, p *protocol.ChatAbortParams) (*protocol.ChatAbortResult, error) {
	said := string(p.SessionKey)
	if p.RunID.Set {
		if r := s.runs.Live(p.RunID.V); r != nil && r.Kind == agent.KindChat && r.Said != said {
			return nil, protocol.Errorf(protocol.CodeInvalidRequest, "runId does not match sessionKey")
		}
	}
	ids := idsOf(s.runs.Stop(func(r *agent.Run) bool {
		return r.Kind == agent.KindChat && r.Said == said && (!p.RunID.Set || r.ID == p.RunID.V)
	}, protocol.ChatStopReasonRpc))
	return &protocol.ChatAbortResult{Aborted: len(ids) > 0, RunIDs: ids}, nil
}
