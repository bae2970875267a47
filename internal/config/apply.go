package config

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gatesmith/gatesmith/internal/fsync"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

// How long after the answer a restart begins.
const (
	defaultRestartDelay = 2 * time.Second
	maxRestartDelay     = time.Minute
)

// ConfigApply replaces the file as ConfigSet does and restarts the gateway.
func (s *Service) ConfigApply(ctx context.Context, p *protocol.ConfigApplyParams) (*protocol.ConfigApplyResult, error) {
	next, err := s.write(ctx, p.BaseHash.V, "config.apply", func(*Loaded) ([]byte, error) { return []byte(p.Raw), nil })
	if err != nil {
		return nil, err
	}
	r := s.restart(ctx, "config.apply", p.RestartDelayMs, p.SessionKey, p.Note)
	return &protocol.ConfigApplyResult{Path: next.Path, Config: next.Parsed(), Restart: r.descriptor, Sentinel: r.sentinel}, nil
}

type restart struct {
	descriptor protocol.RestartDescriptor
	sentinel   protocol.RestartSentinelFile
}

// restart has the gateway start anew, and leaves word for the one that starts.
// What needs no restart is in force before.
func (s *Service) restart(ctx context.Context, reason string, delayMs wire.Opt[int64], session, note wire.Opt[string]) restart {
	s.takeUp()
	delay := defaultRestartDelay
	if delayMs.Set {
		delay = min(time.Duration(min(delayMs.V, maxRestartDelay.Milliseconds()))*time.Millisecond, maxRestartDelay)
	}
	word := protocol.RestartSentinel{
		Kind: protocol.RestartSentinelKindConfigApply, Status: protocol.RestartSentinelStatusOk, Ts: s.o.Now().UnixMilli(),
		SessionKey: session, Message: wire.ExplicitNull[string](), DoctorHint: wire.ExplicitNull[string](),
		Stats: wire.SomeOrNull(protocol.RestartStats{Mode: wire.Some(reason), Root: wire.Some(s.o.File.Sources.Path)}),
	}
	if note.Set {
		word.Message = wire.SomeOrNull(note.V)
	}
	r := restart{
		descriptor: protocol.RestartDescriptor{PID: int64(os.Getpid()), DelayMs: delay.Milliseconds(), Reason: wire.Some(reason), Mode: protocol.RestartDescriptorModeEmit},
		sentinel:   protocol.RestartSentinelFile{Payload: word},
	}
	path := sentinelPath(s.o.StateDir)
	if err := fsync.Replace(path, word.AppendJSON(nil)); err != nil {
		s.o.Logger.Warn("the restart will not be reported", "error", err)
	} else {
		r.sentinel.Path = wire.Value(path)
	}
	server.After(ctx, func() { s.restartFor(reason, delay) })
	return r
}

func sentinelPath(stateDir string) string { return filepath.Join(stateDir, "restart-sentinel.json") }

// TakeSentinel gives what the gateway of before left word of, once; nil when
// there is nothing.
func TakeSentinel(stateDir string) (*protocol.RestartSentinel, error) {
	path := sentinelPath(stateDir)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := os.Remove(path); err != nil {
		return nil, err // or it would be told at every start
	}
	word := new(protocol.RestartSentinel)
	return word, json.Unmarshal(text, word)
}
