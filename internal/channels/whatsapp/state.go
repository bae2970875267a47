//go:build whatsapp

package whatsapp

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	"github.com/gatesmith/gatesmith/internal/store"
)

// kind is a kind of rows in whatsapp_state.
type kind string

// The kinds. Names are ASCII, without "~".
const (
	deviceKind     kind = "device"      // "": the device itself
	identityKind   kind = "identity"    // keys of other devices, by address
	sessionKind    kind = "session"     // by address
	preKeyKind     kind = "prekey"      // by number; marked when WhatsApp has it
	senderKeyKind  kind = "senderkey"   // by group and address
	appKeyKind     kind = "appkey"      // by id, with its time
	appVersionKind kind = "appversion"  // by name
	appMACKind     kind = "appmac"      // by name and index
	contactKind    kind = "contact"     // by JID
	chatKind       kind = "chat"        // settings, by JID
	secretKind     kind = "secret"      // of messages, with the time
	tokenKind      kind = "token"       // privacy tokens, by JID, with the time
	eventKind      kind = "event"       // messages that were decrypted, with the time
	lidKind        kind = "lid"         // phone numbers, by hidden number
	numberKind     kind = "phonenumber" // and the other way round
	pollKind       kind = "poll"        // that the account has sent, with the time
)

// How long is kept what grows with the messages.
const (
	keepEvents  = 14 * 24 * time.Hour // as long as WhatsApp brings a message again
	keepSecrets = 90 * 24 * time.Hour // votes in older polls cannot be read
)

// row is a row of whatsapp_state.
type row struct {
	kind   kind
	name   string
	value  []byte
	number int64
}

// state keeps what the library wants kept of an account, in the gateway's own
// database.
type state struct {
	db      channels.Store
	account string
	now     func() time.Time
}

// changes are those that are to be written at once.
type changes struct {
	mu   sync.Mutex
	list []change
	last map[place]int
}

type place struct {
	kind kind
	name string
}

// change is a row to write, or to take away.
type change struct {
	row
	gone bool
}

type changesKey struct{}

// together has what f writes written at once when it returns nil. Nothing is
// locked meanwhile: f may take its time.
func (s *state) together(ctx context.Context, f func(context.Context) error) error {
	if _, ok := ctx.Value(changesKey{}).(*changes); ok {
		return f(ctx)
	}
	c := &changes{last: map[place]int{}}
	if err := f(context.WithValue(ctx, changesKey{}, c)); err != nil {
		return err
	}
	return s.write(ctx, c.list)
}

// apply writes a change, or puts it to those that are written together.
func (s *state) apply(ctx context.Context, x change) error {
	c, ok := ctx.Value(changesKey{}).(*changes)
	if !ok {
		return s.write(ctx, []change{x})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last[place{x.kind, x.name}] = len(c.list)
	c.list = append(c.list, x)
	return nil
}

func (s *state) write(ctx context.Context, list []change) error {
	if len(list) == 0 {
		return nil
	}
	err := s.db.Write(ctx, func(tx *store.Tx) error {
		for _, x := range list {
			if err := s.change(ctx, tx, x); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("the state of the WhatsApp account cannot be written: %w", err)
	}
	return nil
}

func (s *state) change(ctx context.Context, tx *store.Tx, x change) error {
	if x.gone {
		_, err := tx.ExecContext(ctx, `DELETE FROM whatsapp_state WHERE account = ? AND kind = ? AND name = ?`, s.account, string(x.kind), x.name)
		return err
	}
	if x.value == nil {
		x.value = []byte{}
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO whatsapp_state (account, kind, name, value, number) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account, kind, name) DO UPDATE SET value = excluded.value, number = excluded.number`, s.account, string(x.kind), x.name, x.value, x.number)
	return err
}

func (s *state) put(ctx context.Context, k kind, name string, value []byte, number int64) error {
	return s.apply(ctx, change{row: row{k, name, value, number}})
}

func (s *state) putJSON(ctx context.Context, k kind, name string, v any, number int64) error {
	x, err := jsonChange(k, name, v)
	if err != nil {
		return err
	}
	x.number = number
	return s.apply(ctx, x)
}

func jsonChange(k kind, name string, v any) (change, error) {
	text, err := json.Marshal(v)
	return change{row: row{kind: k, name: name, value: text}}, err
}

func (s *state) remove(ctx context.Context, k kind, name string) error {
	return s.apply(ctx, change{row: row{kind: k, name: name}, gone: true})
}

// get gives a row, or nil.
func (s *state) get(ctx context.Context, k kind, name string) (*row, error) {
	if c, ok := ctx.Value(changesKey{}).(*changes); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		if at, ok := c.last[place{k, name}]; ok {
			if x := c.list[at]; !x.gone {
				return &x.row, nil
			}
			return nil, nil
		}
	}
	r := &row{kind: k, name: name}
	err := s.db.Read(ctx, func(q store.Querier) error {
		return q.QueryRowContext(ctx, `SELECT value, number FROM whatsapp_state WHERE account = ? AND kind = ? AND name = ?`, s.account, string(k), name).Scan(&r.value, &r.number)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the state of the WhatsApp account cannot be read: %w", err)
	}
	return r, nil
}

// value gives a row's value, or nil.
func (s *state) value(ctx context.Context, k kind, name string) ([]byte, error) {
	r, err := s.get(ctx, k, name)
	if r == nil {
		return nil, err
	}
	return r.value, nil
}

// getJSON reads a row, and reports whether it is there.
func (s *state) getJSON(ctx context.Context, k kind, name string, v any) (bool, error) {
	r, err := s.get(ctx, k, name)
	if r == nil {
		return false, err
	}
	return true, json.Unmarshal(r.value, v)
}

// list gives the rows of a kind whose names begin so, in order. It does not see
// what is written together.
func (s *state) list(ctx context.Context, k kind, prefix string) ([]row, error) {
	var out []row
	err := s.db.Read(ctx, func(q store.Querier) error {
		rows, err := q.QueryContext(ctx, `SELECT name, value, number FROM whatsapp_state WHERE account = ? AND kind = ? AND name >= ? AND name < ? ORDER BY name`,
			s.account, string(k), prefix, prefix+"~")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			r := row{kind: k}
			if err := rows.Scan(&r.name, &r.value, &r.number); err != nil {
				return err
			}
			out = append(out, r)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("the state of the WhatsApp account cannot be read: %w", err)
	}
	return out, nil
}

// clear takes the rows of a kind away whose names begin so.
func (s *state) clear(ctx context.Context, k kind, prefix string) error {
	return s.together(ctx, func(ctx context.Context) error {
		rows, err := s.list(ctx, k, prefix)
		for _, r := range rows {
			err = errors.Join(err, s.remove(ctx, k, r.name))
		}
		return err
	})
}

// forget takes everything away, and reports whether there was a login.
func (s *state) forget(ctx context.Context) (was bool, err error) {
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM whatsapp_state WHERE account = ? AND kind = ?`, s.account, string(deviceKind))
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		was = n > 0
		_, err = tx.ExecContext(ctx, `DELETE FROM whatsapp_state WHERE account = ?`, s.account)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("the state of the WhatsApp account cannot be removed: %w", err)
	}
	return was, nil
}

// prune forgets what is too old.
func (s *state) prune(ctx context.Context) error {
	now := s.now()
	return s.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM whatsapp_state WHERE account = ? AND (kind = ? AND number < ? OR kind IN (?, ?) AND number < ?)`,
			s.account, string(eventKind), now.Add(-keepEvents).UnixMilli(), string(secretKind), string(pollKind), now.Add(-keepSecrets).UnixMilli())
		return err
	})
}
