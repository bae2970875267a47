package sessions

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Longer ones would not fit into an index of PostgreSQL.
const (
	maxKey       = 512
	maxSessionID = 128
)

// Get gives a session by its key, or nil when there is none.
func (s *Service) Get(ctx context.Context, q store.Querier, key string) (*Session, error) {
	return s.find(ctx, q, `WHERE key = ?`, s.keys().Canonical(key))
}

// FindByID gives the session that has a transcript, or nil when there is none.
func (s *Service) FindByID(ctx context.Context, q store.Querier, sessionID string) (*Session, error) {
	return s.find(ctx, q, `WHERE session_id = ?`, plain(sessionID))
}

func (s *Service) find(ctx context.Context, q store.Querier, where string, args ...any) (*Session, error) {
	var key, entry string
	err := q.QueryRowContext(ctx, `SELECT key, entry FROM sessions `+where, args...).Scan(&key, &entry)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.session(key, entry)
}

// session reads a stored record. It is read leniently: what a newer gateway
// wrote has members that are kept as they are.
func (s *Service) session(key, entry string) (*Session, error) {
	sess := &Session{Key: key, AgentID: s.keys().Agent(key)}
	err := sess.Entry.DecodeAlias([]byte(entry), wire.Lenient)
	return sess, err
}

// Open gives the session of a key for use, making it when there is none, and
// saves what change does to its record. A record that change gives another
// session id goes on with that transcript, which is made if need be.
func (s *Service) Open(ctx context.Context, tx *store.Tx, key string, change func(*protocol.SessionEntry)) (*Session, error) {
	sess, err := s.opened(ctx, tx, key)
	if err != nil {
		return nil, err
	}
	if change != nil {
		change(&sess.Entry)
	}
	sess.Entry.UpdatedAt = s.nowMs()
	return sess, s.save(ctx, tx, sess)
}

// opened gives the session of a key, or one that is not saved yet.
func (s *Service) opened(ctx context.Context, q store.Querier, key string) (*Session, error) {
	key = s.keys().Canonical(key)
	switch {
	case key == "":
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "key required")
	case len(key) > maxKey:
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "invalid key: too long (%d bytes, max %d)", len(key), maxKey)
	}
	sess, err := s.Get(ctx, q, key)
	if sess == nil && err == nil {
		sess = &Session{Key: key, AgentID: s.keys().Agent(key), Entry: protocol.SessionEntry{SessionID: newSessionID()}}
	}
	return sess, err
}

// Update changes the record of a session that is still the one with this
// transcript. When it was reset or deleted meanwhile, nothing happens.
func (s *Service) Update(ctx context.Context, tx *store.Tx, key, sessionID string, change func(*protocol.SessionEntry)) error {
	sess, err := s.Get(ctx, tx, key)
	if err != nil || sess == nil || sess.Entry.SessionID != sessionID {
		return err
	}
	change(&sess.Entry)
	sess.Entry.UpdatedAt = s.nowMs()
	return s.save(ctx, tx, sess)
}

// save writes a record, and sees to it that its transcript is there.
func (s *Service) save(ctx context.Context, tx *store.Tx, sess *Session) error {
	e := &sess.Entry
	if e.SessionID == "" || len(e.SessionID) > maxSessionID || plain(e.SessionID) != e.SessionID {
		return protocol.Errorf(protocol.CodeInvalidRequest, "invalid sessionId: want 1 to %d bytes without control characters", maxSessionID)
	}
	e.SpawnedBy.V = s.keys().Canonical(e.SpawnedBy.V)
	if err := s.checkLabel(ctx, tx, sess); err != nil {
		return err
	}
	if err := s.attach(ctx, tx, sess); err != nil {
		return err
	}
	agent := sess.AgentID
	if isShared(sess.Key) {
		agent = ""
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO sessions (key, session_id, agent_id, label, spawned_by, updated_at_ms, search, entry)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET session_id = excluded.session_id, agent_id = excluded.agent_id, label = excluded.label,
		spawned_by = excluded.spawned_by, updated_at_ms = excluded.updated_at_ms, search = excluded.search, entry = excluded.entry`,
		sess.Key, e.SessionID, agent, nullable(e.Label), nullable(e.SpawnedBy), e.UpdatedAt, searchText(sess), string(e.AppendJSON(nil)))
	return err
}

// checkLabel keeps labels unique.
func (s *Service) checkLabel(ctx context.Context, tx *store.Tx, sess *Session) error {
	label := &sess.Entry.Label
	if label.V = strings.TrimSpace(plain(label.V)); label.V == "" {
		*label = wire.Opt[string]{}
	}
	if !label.Set {
		return nil
	}
	var taken bool
	err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sessions WHERE label = ? AND key <> ?)`, label.V, sess.Key).Scan(&taken)
	if err == nil && taken {
		err = protocol.Errorf(protocol.CodeInvalidRequest, "label already in use: %s", label.V)
	}
	return err
}

// attach makes the transcript that a record names the session's own.
func (s *Service) attach(ctx context.Context, tx *store.Tx, sess *Session) error {
	var before string
	err := tx.QueryRowContext(ctx, `SELECT session_id FROM sessions WHERE key = ?`, sess.Key).Scan(&before)
	switch {
	case err == nil && before == sess.Entry.SessionID:
		return nil
	case err == nil:
		if _, err := s.putAside(ctx, tx, before, asReset); err != nil {
			return err
		}
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO transcripts (session_id, session_key, created_at_ms) VALUES (?, ?, ?)
		ON CONFLICT (session_id) DO UPDATE SET session_key = excluded.session_key, archived_at_ms = NULL, archived_as = NULL`,
		sess.Entry.SessionID, sess.Key, s.nowMs())
	return err
}

// searchText is what a search for text looks at.
func searchText(sess *Session) string {
	e := &sess.Entry
	return plain(strings.ToLower(strings.Join([]string{displayName(e), e.Label.V, e.Subject.V, e.SessionID, sess.Key}, "\n")))
}

// displayName is how a session is called in lists, or "".
func displayName(e *protocol.SessionEntry) string {
	if e.DisplayName.V != "" {
		return e.DisplayName.V
	}
	if e.Channel.V != "" {
		if room := e.Space.V + e.GroupChannel.V; e.GroupChannel.V != "" {
			return e.Channel.V + ":" + room
		}
		if e.Subject.V != "" {
			return e.Channel.V + ":" + e.Subject.V
		}
	}
	if e.Label.V != "" {
		return e.Label.V
	}
	return e.Origin.V.Label.V
}

func nullable(o wire.Opt[string]) sql.NullString {
	return sql.NullString{String: plain(o.V), Valid: o.Set}
}

// plain takes out of a text what PostgreSQL does not keep.
func plain(s string) string { return strings.ReplaceAll(s, "\x00", "") }
