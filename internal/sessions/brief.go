package sessions

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/store"
)

// Brief is how many sessions there are, and which were used last.
type Brief struct {
	Count  int
	Recent []Recent
}

// Recent is a session that was used lately.
type Recent struct {
	Key       string
	UpdatedAt int64 // in milliseconds since 1970
}

// Brief sums up the sessions of an agent.
func (s *Service) Brief(ctx context.Context, q store.Querier, agentID string, recent int) (Brief, error) {
	var b Brief
	agentID = s.keys().AgentID(agentID)
	if err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM sessions WHERE agent_id = ?`, agentID).Scan(&b.Count); err != nil {
		return b, err
	}
	rows, err := q.QueryContext(ctx, `SELECT key, updated_at_ms FROM sessions WHERE agent_id = ? ORDER BY updated_at_ms DESC, key LIMIT ?`, agentID, recent)
	if err != nil {
		return b, err
	}
	defer rows.Close()
	for rows.Next() {
		var r Recent
		if err := rows.Scan(&r.Key, &r.UpdatedAt); err != nil {
			return b, err
		}
		b.Recent = append(b.Recent, r)
	}
	return b, rows.Err()
}
