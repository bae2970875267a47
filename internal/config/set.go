package config

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// ConfigSet replaces the file by a text, which is kept as it is given. What
// changed is in force when the answer comes, but for what needs a restart.
func (s *Service) ConfigSet(ctx context.Context, p *protocol.ConfigSetParams) (*protocol.ConfigSetResult, error) {
	next, err := s.write(ctx, p.BaseHash.V, "config.set", func(*Loaded) ([]byte, error) { return []byte(p.Raw), nil })
	if err != nil {
		return nil, err
	}
	if s.takeUp() {
		server.After(ctx, func() { s.restartFor("config.set", defaultRestartDelay) })
	}
	return &protocol.ConfigSetResult{Path: next.Path, Config: next.Parsed()}, nil
}
