package models

import (
	"context"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// ModelsList lists the language models that sessions and agents may use. For
// services that were never asked for theirs it waits a moment.
func (s *Service) ModelsList(ctx context.Context, _ *protocol.ModelsListParams) (*protocol.ModelsListResult, error) {
	wait := time.NewTimer(askWait)
	defer wait.Stop()
waiting:
	for _, answered := range s.refresh(listFresh) {
		select {
		case <-answered:
		case <-wait.C:
			break waiting
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	models := s.registry.List()
	out := &protocol.ModelsListResult{Models: make([]protocol.Model, len(models))}
	for k := range models {
		m := &models[k]
		row := protocol.Model{ID: m.ID, Name: m.Name, Provider: m.Provider, Reasoning: wire.Some(m.Reasoning)}
		if m.ContextWindow > 0 {
			row.ContextWindow = wire.Some(m.ContextWindow)
		}
		for _, input := range m.Input {
			row.Input = append(row.Input, protocol.ModelInput(input))
		}
		out.Models[k] = row
	}
	return out, nil
}
