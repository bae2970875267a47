package config

import (
	"context"

	"github.com/gatesmith/gatesmith/server"
)

// This file is for who reads the configuration, thinks about it for a while, and
// then changes it, if it still is the same.

// Read gives the file as it is now, with what is wrong with it.
func (s *Service) Read() *Loaded {
	l, _ := s.o.File.Read()
	return l
}

// Swap changes the file while its hash is base, else the error is HashChanged, and
// puts into force what takes effect while the gateway runs. Restart reports that
// the rest waits for another start. By is the method that does so.
func (s *Service) Swap(ctx context.Context, base, by string, change func(now *Loaded) ([]byte, error)) (restart bool, err error) {
	p := server.PeerFrom(ctx)
	next, err := s.o.File.Write(ctx, Write{Base: base, Change: change, Programs: p != nil && p.Owner, By: by})
	if err != nil {
		return false, err
	}
	s.written(p, by, next)
	return s.takeUp(), nil
}

// Restart has the gateway start anew in a while.
func (s *Service) Restart(reason string) { s.restartFor(reason, defaultRestartDelay) }
