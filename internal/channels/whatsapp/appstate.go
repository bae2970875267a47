//go:build whatsapp

package whatsapp

import (
	"context"
	"encoding/hex"
	"errors"

	wastore "go.mau.fi/whatsmeow/store"
)

// PutAppStateSyncKey keeps a key, unless a newer one is there.
func (k *keeper) PutAppStateSyncKey(ctx context.Context, id []byte, key wastore.AppStateSyncKey) error {
	name := hex.EncodeToString(id)
	before, err := k.get(ctx, appKeyKind, name)
	if err != nil || before != nil && before.number >= key.Timestamp {
		return err
	}
	return k.putJSON(ctx, appKeyKind, name, key, key.Timestamp)
}

// GetAppStateSyncKey gives a key, or nil.
func (k *keeper) GetAppStateSyncKey(ctx context.Context, id []byte) (*wastore.AppStateSyncKey, error) {
	key := new(wastore.AppStateSyncKey)
	found, err := k.getJSON(ctx, appKeyKind, hex.EncodeToString(id), key)
	if !found || err != nil {
		return nil, err
	}
	return key, nil
}

// GetLatestAppStateSyncKeyID gives the id of the newest key, or nil.
func (k *keeper) GetLatestAppStateSyncKeyID(ctx context.Context) ([]byte, error) {
	rows, err := k.list(ctx, appKeyKind, "")
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	newest := rows[0]
	for _, r := range rows {
		if r.number > newest.number {
			newest = r
		}
	}
	return hex.DecodeString(newest.name)
}

// PutAppStateVersion keeps how far a collection is.
func (k *keeper) PutAppStateVersion(ctx context.Context, name string, version uint64, hash [128]byte) error {
	return k.put(ctx, appVersionKind, name, hash[:], int64(version))
}

// GetAppStateVersion tells how far a collection is; 0 is nowhere.
func (k *keeper) GetAppStateVersion(ctx context.Context, name string) (version uint64, hash [128]byte, err error) {
	r, err := k.get(ctx, appVersionKind, name)
	switch {
	case r == nil:
		return 0, hash, err
	case len(r.value) != len(hash):
		return 0, hash, errKeyLength
	}
	return uint64(r.number), [128]byte(r.value), nil
}

// DeleteAppStateVersion forgets a collection.
func (k *keeper) DeleteAppStateVersion(ctx context.Context, name string) error {
	return k.together(ctx, func(ctx context.Context) error {
		return errors.Join(k.remove(ctx, appVersionKind, name), k.clear(ctx, appMACKind, name+" "))
	})
}

// PutAppStateMutationMACs keeps what a version changed, in place of what an older
// one did.
func (k *keeper) PutAppStateMutationMACs(ctx context.Context, name string, version uint64, mutations []wastore.AppStateMutationMAC) error {
	return k.together(ctx, func(ctx context.Context) error {
		for _, m := range mutations {
			if err := k.put(ctx, appMACKind, name+" "+hex.EncodeToString(m.IndexMAC), m.ValueMAC, int64(version)); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteAppStateMutationMACs forgets what was changed.
func (k *keeper) DeleteAppStateMutationMACs(ctx context.Context, name string, indexMACs [][]byte) error {
	return k.together(ctx, func(ctx context.Context) error {
		for _, index := range indexMACs {
			if err := k.remove(ctx, appMACKind, name+" "+hex.EncodeToString(index)); err != nil {
				return err
			}
		}
		return nil
	})
}

// GetAppStateMutationMAC gives what was changed last, or nil.
func (k *keeper) GetAppStateMutationMAC(ctx context.Context, name string, indexMAC []byte) ([]byte, error) {
	return k.value(ctx, appMACKind, name+" "+hex.EncodeToString(indexMAC))
}
