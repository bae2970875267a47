package voice

import (
	"context"
	"slices"

	"github.com/gatesmith/gatesmith/protocol"
)

// VoicewakeGet gives the wake words.
func (s *Service) VoicewakeGet(context.Context, *protocol.VoicewakeGetParams) (*protocol.VoicewakeTriggers, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &protocol.VoicewakeTriggers{Triggers: slices.Clone(s.words)}, nil
}
