package sessions

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// SessionsList lists sessions, the last used first. No transcript is read: what
// a list shows of one has columns beside it.
func (s *Service) SessionsList(ctx context.Context, p *protocol.SessionsListParams) (*protocol.SessionsListResult, error) {
	res := &protocol.SessionsListResult{Ts: s.nowMs(), Path: s.path, Defaults: s.defaults(), Sessions: []protocol.SessionRow{}}
	err := s.store.Read(ctx, func(q store.Querier) error {
		query, args := s.listQuery(q.Engine(), p, res.Ts)
		rows, err := q.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var key, entry string
			var title, preview sql.NullString
			if err := rows.Scan(&key, &entry, &title, &preview); err != nil {
				return err
			}
			sess, err := s.session(key, entry)
			if err != nil {
				return err
			}
			row := rowOf(sess)
			if p.IncludeDerivedTitles.V {
				row.DerivedTitle = wire.Some(derivedTitle(&sess.Entry, title.String))
			}
			if p.IncludeLastMessage.V && preview.String != "" {
				row.LastMessagePreview = wire.Some(preview.String)
			}
			res.Sessions = append(res.Sessions, row)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	res.Count = int64(len(res.Sessions))
	return res, nil
}

// listQuery puts the filters into SQL.
func (s *Service) listQuery(engine store.Engine, p *protocol.SessionsListParams, now int64) (string, []any) {
	var where []string
	var args []any
	filter := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if !p.IncludeGlobal.V {
		filter(`s.key <> ?`, globalKey)
	}
	if !p.IncludeUnknown.V {
		filter(`s.key <> ?`, unknownKey)
	}
	if p.AgentID.Set {
		filter(`s.agent_id = ?`, s.keys().AgentID(p.AgentID.V)) // empty for the two above
	}
	if p.SpawnedBy.Set {
		filter(`s.spawned_by = ?`, s.keys().Canonical(p.SpawnedBy.V))
	}
	if p.Label.Set {
		filter(`s.label = ?`, plain(strings.TrimSpace(p.Label.V)))
	}
	if p.ActiveMinutes.Set {
		filter(`s.updated_at_ms >= ?`, now-min(p.ActiveMinutes.V, now/60_000)*60_000)
	}
	if text := strings.ToLower(plain(strings.TrimSpace(p.Search.V))); text != "" {
		// Not LIKE, which has a limit for what it looks for.
		filter(engine.Pick(`instr(s.search, ?) > 0`, `strpos(s.search, ?) > 0`), text)
	}
	query := `SELECT s.key, s.entry, t.title, t.preview FROM sessions s LEFT JOIN transcripts t ON t.session_id = s.session_id`
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, ` AND `)
	}
	query += ` ORDER BY s.updated_at_ms DESC, s.key`
	if p.Limit.Set {
		query, args = query+` LIMIT ?`, append(args, p.Limit.V)
	}
	return query, args
}

// defaults is what a session gets that sets nothing itself.
func (s *Service) defaults() protocol.SessionsDefaults {
	var d protocol.SessionsDefaults
	if m, ok := s.models.Default(s.keys().AgentID("")); ok {
		d.ModelProvider, d.Model = wire.Value(m.Provider), wire.Value(m.ID)
		d.ContextTokens = wire.Null[int64]{V: m.ContextWindow, Valid: m.ContextWindow > 0}
	}
	return d
}

// rowOf gives what a list shows of a record.
func rowOf(sess *Session) protocol.SessionRow {
	e := &sess.Entry
	name := displayName(e)
	total := e.TotalTokens.Or(e.InputTokens.V + e.OutputTokens.V)
	return protocol.SessionRow{
		Key: sess.Key, Kind: kindOf(sess), UpdatedAt: wire.Value(e.UpdatedAt), SessionID: wire.Some(e.SessionID),
		Label: e.Label, DisplayName: wire.Opt[string]{V: name, Set: name != ""},
		Channel: e.Channel, Subject: e.Subject, GroupChannel: e.GroupChannel, Space: e.Space, ChatType: e.ChatType, Origin: e.Origin,
		SystemSent: e.SystemSent, AbortedLastRun: e.AbortedLastRun,
		ThinkingLevel: e.ThinkingLevel, VerboseLevel: e.VerboseLevel, ReasoningLevel: e.ReasoningLevel, ElevatedLevel: e.ElevatedLevel,
		SendPolicy: e.SendPolicy, ResponseUsage: e.ResponseUsage,
		InputTokens: e.InputTokens, OutputTokens: e.OutputTokens, TotalTokens: wire.Some(total),
		ModelProvider: e.ModelProvider, Model: e.Model, ContextTokens: e.ContextTokens,
		DeliveryContext: e.DeliveryContext, LastChannel: e.LastChannel, LastTo: e.LastTo, LastAccountID: e.LastAccountID,
	}
}

func kindOf(sess *Session) protocol.SessionKind {
	switch {
	case isShared(sess.Key):
		return protocol.SessionKind(sess.Key)
	case sess.Entry.ChatType.V == protocol.ChatTypeGroup, sess.Entry.ChatType.V == protocol.ChatTypeChannel,
		strings.Contains(sess.Key, ":group:"), strings.Contains(sess.Key, ":channel:"):
		return protocol.SessionKindGroup
	}
	return protocol.SessionKindDirect
}

// derivedTitle gives a session a title: the name it was given, else what it
// began with, else its id.
func derivedTitle(e *protocol.SessionEntry, begun string) string {
	for _, text := range []string{e.DisplayName.V, e.Label.V, e.Subject.V, begun} {
		if text = strings.TrimSpace(text); text != "" {
			return text
		}
	}
	day := time.UnixMilli(e.UpdatedAt).UTC().Format(time.DateOnly)
	return prefix(e.SessionID, 8) + " (" + day + ")"
}
