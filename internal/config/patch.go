package config

import (
	"context"
	"errors"

	"github.com/gatesmith/gatesmith/protocol"
)

// ConfigPatch changes some settings and restarts the gateway.
func (s *Service) ConfigPatch(ctx context.Context, p *protocol.ConfigPatchParams) (*protocol.ConfigPatchResult, error) {
	next, err := s.write(ctx, p.BaseHash.V, "config.patch", func(now *Loaded) ([]byte, error) {
		if len(now.Problems) > 0 {
			return nil, protocol.Errorf(protocol.CodeInvalidRequest, "invalid config; fix before patching")
		}
		text, err := Merge(now.Text, []byte(p.Raw))
		if e, ok := errors.AsType[*syntaxError](err); ok {
			return nil, syntax([]byte(p.Raw), e)
		}
		if errors.Is(err, errNoObject) {
			return nil, protocol.Errorf(protocol.CodeInvalidRequest, "config.patch raw must be an object")
		}
		return text, err
	})
	if err != nil {
		return nil, err
	}
	r := s.restart(ctx, "config.patch", p.RestartDelayMs, p.SessionKey, p.Note)
	return &protocol.ConfigPatchResult{Path: next.Path, Config: next.Parsed(), Restart: r.descriptor, Sentinel: r.sentinel}, nil
}
