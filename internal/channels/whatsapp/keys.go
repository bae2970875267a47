//go:build whatsapp

package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/gatesmith/gatesmith/internal/store"
	wastore "go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
)

// keeper is the state in the shape that the library wants.
type keeper struct {
	*state
	preKeys sync.Mutex // while numbers are given to new ones
}

var (
	_ wastore.AllStores       = (*keeper)(nil)
	_ wastore.DeviceContainer = (*keeper)(nil)
)

var errKeyLength = errors.New("a key in the state of the WhatsApp account has a wrong length")

func key32(b []byte) (key [32]byte, err error) {
	if len(b) != 32 {
		return key, errKeyLength
	}
	return [32]byte(b), nil
}

// PutIdentity keeps the key of another device.
func (k *keeper) PutIdentity(ctx context.Context, address string, key [32]byte) error {
	return k.put(ctx, identityKind, address, key[:], 0)
}

// DeleteAllIdentities forgets the keys of all devices of a person.
func (k *keeper) DeleteAllIdentities(ctx context.Context, phone string) error {
	return k.clear(ctx, identityKind, phone+":")
}

// DeleteIdentity forgets the key of another device.
func (k *keeper) DeleteIdentity(ctx context.Context, address string) error {
	return k.remove(ctx, identityKind, address)
}

// IsTrustedIdentity reports whether a device has the key that it had before.
func (k *keeper) IsTrustedIdentity(ctx context.Context, address string, key [32]byte) (bool, error) {
	v, err := k.value(ctx, identityKind, address)
	if err != nil || v == nil {
		return err == nil, err // an unknown one is kept behind this
	}
	known, err := key32(v)
	return err == nil && known == key, err
}

// GetSession gives a session, or nil.
func (k *keeper) GetSession(ctx context.Context, address string) ([]byte, error) {
	return k.value(ctx, sessionKind, address)
}

// HasSession reports whether there is a session.
func (k *keeper) HasSession(ctx context.Context, address string) (bool, error) {
	r, err := k.get(ctx, sessionKind, address)
	return r != nil, err
}

// GetManySessions gives sessions; nil for those that are not there.
func (k *keeper) GetManySessions(ctx context.Context, addresses []string) (map[string][]byte, error) {
	out := make(map[string][]byte, len(addresses))
	for _, a := range addresses {
		v, err := k.GetSession(ctx, a)
		if err != nil {
			return nil, err
		}
		out[a] = v
	}
	return out, nil
}

// PutSession keeps a session.
func (k *keeper) PutSession(ctx context.Context, address string, session []byte) error {
	return k.put(ctx, sessionKind, address, session, 0)
}

// PutManySessions keeps sessions at once.
func (k *keeper) PutManySessions(ctx context.Context, sessions map[string][]byte) error {
	return k.together(ctx, func(ctx context.Context) error {
		for a, s := range sessions {
			if err := k.PutSession(ctx, a, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteAllSessions forgets the sessions with all devices of a person.
func (k *keeper) DeleteAllSessions(ctx context.Context, phone string) error {
	return k.clear(ctx, sessionKind, phone+":")
}

// DeleteSession forgets a session.
func (k *keeper) DeleteSession(ctx context.Context, address string) error {
	return k.remove(ctx, sessionKind, address)
}

// MigratePNToLID has a person's devices known by the hidden number instead of the
// phone number.
func (k *keeper) MigratePNToLID(ctx context.Context, pn, lid types.JID) error {
	from, to := pn.SignalAddressUser()+":", lid.SignalAddressUser()+":"
	return k.together(ctx, func(ctx context.Context) error {
		for _, kd := range []kind{sessionKind, identityKind} {
			rows, err := k.list(ctx, kd, from)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if err := k.move(ctx, r, to+strings.TrimPrefix(r.name, from)); err != nil {
					return err
				}
			}
		}
		// Sender keys are in the order of groups.
		rows, err := k.list(ctx, senderKeyKind, "")
		if err != nil {
			return err
		}
		for _, r := range rows {
			if group, user, ok := strings.Cut(r.name, " "); ok && strings.HasPrefix(user, from) {
				if err := k.move(ctx, r, group+" "+to+strings.TrimPrefix(user, from)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (k *keeper) move(ctx context.Context, r row, to string) error {
	if err := k.put(ctx, r.kind, to, r.value, r.number); err != nil {
		return err
	}
	return k.remove(ctx, r.kind, r.name)
}

const uploaded = 1 // the mark of prekeys that WhatsApp has

func preKeyName(id uint32) string { return fmt.Sprintf("%08d", id) }

func preKeyOf(r *row) (*keys.PreKey, error) {
	id, err := strconv.ParseUint(r.name, 10, 32)
	if err != nil {
		return nil, err
	}
	priv, err := key32(r.value)
	if err != nil {
		return nil, err
	}
	return &keys.PreKey{KeyPair: *keys.NewKeyPairFromPrivateKey(priv), KeyID: uint32(id)}, nil
}

// GetOrGenPreKeys gives so many prekeys that WhatsApp does not have.
func (k *keeper) GetOrGenPreKeys(ctx context.Context, count uint32) ([]*keys.PreKey, error) {
	k.preKeys.Lock()
	defer k.preKeys.Unlock()
	rows, err := k.list(ctx, preKeyKind, "")
	if err != nil {
		return nil, err
	}
	var out []*keys.PreKey
	for k := range rows {
		if rows[k].number == uploaded || len(out) == int(count) {
			continue
		}
		p, err := preKeyOf(&rows[k])
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, k.together(ctx, func(ctx context.Context) error {
		for next := nextPreKey(rows); len(out) < int(count); next++ {
			p := keys.NewPreKey(next)
			if err := k.put(ctx, preKeyKind, preKeyName(next), p.Priv[:], 0); err != nil {
				return err
			}
			out = append(out, p)
		}
		return nil
	})
}

func nextPreKey(rows []row) uint32 {
	if len(rows) == 0 {
		return 1
	}
	last, _ := strconv.ParseUint(rows[len(rows)-1].name, 10, 32)
	return uint32(last) + 1
}

// GenOnePreKey makes a prekey that is given to WhatsApp by itself.
func (k *keeper) GenOnePreKey(ctx context.Context) (*keys.PreKey, error) {
	k.preKeys.Lock()
	defer k.preKeys.Unlock()
	rows, err := k.list(ctx, preKeyKind, "")
	if err != nil {
		return nil, err
	}
	p := keys.NewPreKey(nextPreKey(rows))
	return p, k.put(ctx, preKeyKind, preKeyName(p.KeyID), p.Priv[:], uploaded)
}

// GetPreKey gives a prekey, or nil.
func (k *keeper) GetPreKey(ctx context.Context, id uint32) (*keys.PreKey, error) {
	r, err := k.get(ctx, preKeyKind, preKeyName(id))
	if r == nil {
		return nil, err
	}
	return preKeyOf(r)
}

// RemovePreKey forgets a prekey that was used.
func (k *keeper) RemovePreKey(ctx context.Context, id uint32) error {
	return k.remove(ctx, preKeyKind, preKeyName(id))
}

// MarkPreKeysAsUploaded notes that WhatsApp has the prekeys up to a number.
func (k *keeper) MarkPreKeysAsUploaded(ctx context.Context, upToID uint32) error {
	return k.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE whatsapp_state SET number = ? WHERE account = ? AND kind = ? AND name <= ?`, uploaded, k.account, string(preKeyKind), preKeyName(upToID))
		return err
	})
}

// UploadedPreKeyCount tells how many prekeys WhatsApp has.
func (k *keeper) UploadedPreKeyCount(ctx context.Context) (n int, err error) {
	err = k.db.Read(ctx, func(q store.Querier) error {
		return q.QueryRowContext(ctx, `SELECT COUNT(*) FROM whatsapp_state WHERE account = ? AND kind = ? AND number = ?`, k.account, string(preKeyKind), uploaded).Scan(&n)
	})
	return n, err
}

// PutSenderKey keeps the key of a member of a group.
func (k *keeper) PutSenderKey(ctx context.Context, group, user string, session []byte) error {
	return k.put(ctx, senderKeyKind, group+" "+user, session, 0)
}

// GetSenderKey gives the key of a member of a group, or nil.
func (k *keeper) GetSenderKey(ctx context.Context, group, user string) ([]byte, error) {
	return k.value(ctx, senderKeyKind, group+" "+user)
}
