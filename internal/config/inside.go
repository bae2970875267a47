package config

import (
	"context"
	"errors"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// This file is what other services of the gateway see of its configuration.

// maxTries is how often a change is tried that others were faster than.
const maxTries = 8

// Patch changes the file by a merge patch, whatever it says just now, and puts it
// into force. By is the method that does so.
func (s *Service) Patch(ctx context.Context, by string, patch []byte) (*protocol.Config, error) {
	for try := 1; ; try++ {
		now, _ := s.o.File.Read()
		next, err := s.write(ctx, now.Hash, by, func(now *Loaded) ([]byte, error) {
			if len(now.Problems) > 0 {
				return nil, protocol.Errorf(protocol.CodeInvalidRequest, "invalid config; fix before patching")
			}
			return Merge(now.Text, patch)
		})
		if e, ok := errors.AsType[*protocol.Error](err); ok && e.Message == HashChanged.Error() && try < maxTries {
			continue
		}
		if err != nil {
			return nil, err
		}
		if s.takeUp() {
			server.After(ctx, func() { s.restartFor(by, defaultRestartDelay) })
		}
		return next.Config, nil
	}
}

// Setting gives the value in force at a path, nil where there is none, and
// whether it is set to something: not to false, 0 or the empty text. Whoever may
// not see secrets gets masks.
func (s *Service) Setting(ctx context.Context, path string) (value wire.Raw, set bool) {
	s.mu.Lock()
	good := s.good
	s.mu.Unlock()
	at := spot{good.inForce(), "", schemaSettings()}
	for name := range strings.SplitSeq(path, ".") {
		if at.node.get(name) == nil {
			return nil, false
		}
		at = at.member(name)
	}
	switch n := at.node; n.kind {
	case nullKind:
	case boolKind:
		set = n.text == "true"
	case stringKind:
		set = strings.TrimSpace(n.text) != ""
	case numberKind:
		set = strings.Trim(n.text, "-+0.") != ""
	default:
		set = true
	}
	if n := at.node; byAdmin(ctx) {
		value = n.appendJSON(nil, nil)
	} else {
		value = at.masked().appendJSON(nil, nil)
	}
	return value, set
}
