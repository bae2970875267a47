package voice

import (
	"context"
	"slices"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
)

// VoicewakeSet sets the wake words, for everyone. None stand for the default ones.
func (s *Service) VoicewakeSet(ctx context.Context, p *protocol.VoicewakeSetParams) (*protocol.VoicewakeTriggers, error) {
	words := kept(p.Triggers)
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx = context.WithoutCancel(ctx) // what was begun is known to be there or not
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM voicewake`); err != nil {
			return err
		}
		for place, word := range words {
			if _, err := tx.ExecContext(ctx, `INSERT INTO voicewake (place, word) VALUES (?, ?)`, place, word); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.words = words; len(words) == 0 {
		s.words = defaults
	}
	s.events.Publish(ctx, s.changed())
	return &protocol.VoicewakeTriggers{Triggers: slices.Clone(s.words)}, nil
}
