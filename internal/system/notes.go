package system

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
)

// maxNotes bounds the notes that wait for agents; the oldest go first.
const maxNotes = 20

// Note is something that an agent is to look at; "" is the default agent. What has
// the same key is left once; without one it is like no other.
type Note struct{ Key, AgentID, Text string }

// Store is where notes outlive the process.
type Store interface {
	Read(ctx context.Context, f func(store.Querier) error) error
	Write(ctx context.Context, f func(*store.Tx) error) error
}

// saveNotes is how long writing a note down may take.
const saveNotes = 10 * time.Second

// Keep has notes outlive the process, and takes up those that an earlier one left.
// It is called before anybody leaves some; without it notes are kept in memory.
func (s *Service) Keep(ctx context.Context, st Store, log *slog.Logger) (waiting bool, err error) {
	var notes []Note
	err = st.Read(ctx, func(q store.Querier) error {
		notes = nil
		rows, err := q.QueryContext(ctx, `SELECT note_key, agent_id, text FROM notes ORDER BY seq`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var n Note
			if err := rows.Scan(&n.Key, &n.AgentID, &n.Text); err != nil {
				return err
			}
			notes = append(notes, n)
		}
		return rows.Err()
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store, s.log, s.notes = st, log, notes
	return len(notes) > 0, err
}

// Note keeps a note for the agent of the main session.
func (s *Service) Note(text string) error { return s.Leave(Note{Text: text}) }

// Leave keeps notes for agents. They are written down when it returns.
func (s *Service) Leave(notes ...Note) error {
	s.leaving.Lock() // in the order of the rows
	defer s.leaving.Unlock()
	notes = slices.Clone(notes)
	for k := range notes {
		notes[k].Key = cmp.Or(notes[k].Key, rand.Text())
	}
	if s.store != nil {
		fresh, err := s.insert(notes)
		if err != nil {
			return err
		}
		notes = fresh
	}
	s.mu.Lock()
	s.notes = append(s.notes, notes...)
	var old []Note
	if over := len(s.notes) - maxNotes; over > 0 {
		old, s.notes = s.notes[:over], slices.Clone(s.notes[over:])
	}
	s.mu.Unlock()
	s.Done(old)
	return nil
}

// insert writes notes down, and gives those that were not there yet.
func (s *Service) insert(notes []Note) (fresh []Note, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), saveNotes)
	defer cancel()
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		fresh = nil
		for _, n := range notes {
			done, err := tx.ExecContext(ctx, `INSERT INTO notes (seq, note_key, agent_id, text) VALUES ((SELECT COALESCE(MAX(seq), 0) + 1 FROM notes), ?, ?, ?) ON CONFLICT (note_key) DO NOTHING`, n.Key, n.AgentID, n.Text)
			if err != nil {
				return err
			}
			if rows, err := done.RowsAffected(); err != nil || rows > 0 {
				fresh = append(fresh, n)
			}
		}
		return nil
	})
	return fresh, err
}

// Take takes the notes that wait. They are written down until Done, so that those
// of a heartbeat that is cut off wait for the next process.
func (s *Service) Take() []Note {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.notes
	s.notes = nil
	return taken
}

// Return gives back notes that were taken.
func (s *Service) Return(notes []Note) {
	s.mu.Lock()
	s.notes = append(slices.Clone(notes), s.notes...)
	s.mu.Unlock()
}

// Done forgets notes that an agent was told of.
func (s *Service) Done(notes []Note) {
	if s.store == nil || len(notes) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), saveNotes)
	defer cancel()
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		for _, n := range notes {
			if _, err := tx.ExecContext(ctx, `DELETE FROM notes WHERE note_key = ?`, n.Key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.log.Warn("notes that an agent was told of are told again after a restart", "notes", len(notes), "error", err)
	}
}
