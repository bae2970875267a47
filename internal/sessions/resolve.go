package sessions

import (
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// SessionsResolve finds the key of a session. Ids and labels are unique, so
// there is never more than one.
func (s *Service) SessionsResolve(ctx context.Context, p *protocol.SessionsResolveParams) (*protocol.SessionsResolveResult, error) {
	key, id, label := blank(&p.Key), blank(&p.SessionID), blank(&p.Label)
	asked := 0
	for _, text := range []string{key, id, label} {
		if text != "" {
			asked++
		}
	}
	switch {
	case asked > 1:
		return nil, refuse("Provide either key, sessionId, or label (not multiple)")
	case asked == 0:
		return nil, refuse("Either key, sessionId, or label is required")
	}
	var found *Session
	err := s.store.Read(ctx, func(q store.Querier) (err error) {
		switch {
		case key != "":
			found, err = s.Get(ctx, q, key)
		case id != "":
			found, err = s.FindByID(ctx, q, id)
			if found == nil && err == nil {
				found, err = s.Get(ctx, q, id)
			}
		default:
			found, err = s.find(ctx, q, `WHERE label = ?`, plain(label))
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case found != nil && s.narrowed(found, p):
		return &protocol.SessionsResolveResult{Key: found.Key}, nil
	case label != "":
		return nil, refuse("No session found with label: %s", label)
	}
	return nil, refuse("No session found: %s", key+id)
}

// blank gives what is asked for; white space asks for nothing.
func blank[T ~string](o *wire.Opt[T]) string { return strings.TrimSpace(string(o.V)) }

// narrowed reports whether a session is among those that may be found.
func (s *Service) narrowed(sess *Session, p *protocol.SessionsResolveParams) bool {
	keys := s.keys()
	switch {
	case p.AgentID.Set && (isShared(sess.Key) || keys.AgentID(p.AgentID.V) != sess.AgentID):
		return false
	case p.SpawnedBy.Set && sess.Entry.SpawnedBy.V != keys.Canonical(p.SpawnedBy.V):
		return false
	case p.Key.Set:
		return true // it was named
	}
	return (sess.Key != globalKey || p.IncludeGlobal.V) && (sess.Key != unknownKey || p.IncludeUnknown.V)
}
