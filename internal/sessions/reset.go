package sessions

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// SessionsReset starts a session anew.
func (s *Service) SessionsReset(ctx context.Context, p *protocol.SessionsResetParams) (*protocol.SessionsResetResult, error) {
	var sess *Session
	err := s.store.Write(ctx, func(tx *store.Tx) (err error) {
		sess, err = s.Reset(ctx, tx, p.Key)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &protocol.SessionsResetResult{Key: sess.Key, Entry: sess.Entry}, nil
}

// Reset gives a session a new transcript and puts the old one aside. What was
// set for the session stays; what its runs left behind goes.
func (s *Service) Reset(ctx context.Context, tx *store.Tx, key string) (*Session, error) {
	sess, err := s.opened(ctx, tx, key)
	if err != nil {
		return nil, err
	}
	old, none := &sess.Entry, wire.Some(int64(0))
	sess.Entry = protocol.SessionEntry{
		SessionID: newSessionID(), UpdatedAt: s.nowMs(),
		SystemSent: wire.Some(false), AbortedLastRun: wire.Some(false),
		InputTokens: none, OutputTokens: none, TotalTokens: none,
		ThinkingLevel: old.ThinkingLevel, VerboseLevel: old.VerboseLevel, ReasoningLevel: old.ReasoningLevel, ResponseUsage: old.ResponseUsage,
		Model: old.Model, ContextTokens: old.ContextTokens, SendPolicy: old.SendPolicy, Label: old.Label,
		Origin: old.Origin, LastChannel: old.LastChannel, LastTo: old.LastTo, SkillsSnapshot: old.SkillsSnapshot,
	}
	return sess, s.save(ctx, tx, sess)
}
