//go:build whatsapp

package whatsapp

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/gatesmith/gatesmith/internal/store"
	"go.mau.fi/whatsmeow/proto/waAdv"
	wastore "go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/util/keys"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
)

// deviceRecord is a device as it is kept. All of it but the names is secret.
type deviceRecord struct {
	JID            types.JID `json:"jid"`
	LID            types.JID `json:"lid"`
	NoiseKey       []byte    `json:"noiseKey"`
	IdentityKey    []byte    `json:"identityKey"`
	PreKey         []byte    `json:"preKey"`
	PreKeyID       uint32    `json:"preKeyId"`
	PreKeySig      []byte    `json:"preKeySignature"`
	RegistrationID uint32    `json:"registrationId"`
	AdvSecret      []byte    `json:"advSecret"`
	Account        []byte    `json:"account"` // signed identity, as protobuf
	Platform       string    `json:"platform,omitempty"`
	BusinessName   string    `json:"businessName,omitempty"`
	PushName       string    `json:"pushName,omitempty"`
	LIDMigratedAt  int64     `json:"lidMigratedAt,omitempty"`
	LinkedAtMs     int64     `json:"linkedAtMs"`
}

// record gives the device as it is kept, or nil when none is linked.
func (s *state) record(ctx context.Context) (*deviceRecord, error) {
	r := new(deviceRecord)
	found, err := s.getJSON(ctx, deviceKind, "", r)
	if err != nil || !found {
		return nil, err
	}
	return r, nil
}

// device gives the linked device, or nil.
func (s *state) device(ctx context.Context, log waLog.Logger) (*wastore.Device, error) {
	r, err := s.record(ctx)
	if r == nil {
		return nil, err
	}
	if len(r.NoiseKey) != 32 || len(r.IdentityKey) != 32 || len(r.PreKey) != 32 || len(r.PreKeySig) != 64 {
		return nil, errors.New("the keys of the WhatsApp account are damaged: log it out and link it again")
	}
	d := s.prepare(&wastore.Device{
		Log: log, ID: &r.JID, LID: r.LID,
		NoiseKey:       keys.NewKeyPairFromPrivateKey([32]byte(r.NoiseKey)),
		IdentityKey:    keys.NewKeyPairFromPrivateKey([32]byte(r.IdentityKey)),
		SignedPreKey:   &keys.PreKey{KeyPair: *keys.NewKeyPairFromPrivateKey([32]byte(r.PreKey)), KeyID: r.PreKeyID, Signature: (*[64]byte)(r.PreKeySig)},
		RegistrationID: r.RegistrationID, AdvSecretKey: r.AdvSecret, Account: new(waAdv.ADVSignedDeviceIdentity),
		Platform: r.Platform, BusinessName: r.BusinessName, PushName: r.PushName, LIDMigrationTimestamp: r.LIDMigratedAt,
	})
	if err := proto.Unmarshal(r.Account, d.Account); err != nil {
		return nil, fmt.Errorf("the identity of the WhatsApp account cannot be read: %w", err)
	}
	return d, nil
}

// newDevice makes a device that is to be linked. Nothing is kept before it is.
func (s *state) newDevice(log waLog.Logger) *wastore.Device {
	var id [4]byte
	rand.Read(id[:]) // never fails
	d := s.prepare(&wastore.Device{Log: log, NoiseKey: keys.NewKeyPair(), IdentityKey: keys.NewKeyPair(),
		RegistrationID: binary.BigEndian.Uint32(id[:]), AdvSecretKey: make([]byte, 32)})
	rand.Read(d.AdvSecretKey)
	d.SignedPreKey = d.IdentityKey.CreateSignedPreKey(1)
	return d
}

// prepare has the device keep its things here.
func (s *state) prepare(d *wastore.Device) *wastore.Device {
	k := &keeper{state: s}
	d.Initialized, d.Container = true, k
	d.Identities, d.Sessions, d.PreKeys, d.SenderKeys = k, k, k, k
	d.AppStateKeys, d.AppState, d.Contacts, d.ChatSettings = k, k, k, k
	d.MsgSecrets, d.PrivacyTokens, d.EventBuffer, d.LIDs = k, k, k, k
	return d
}

// PutDevice keeps a device. With another one all that belonged to the one before
// is forgotten.
func (k *keeper) PutDevice(ctx context.Context, d *wastore.Device) error {
	if d.ID == nil {
		return errors.New("a device that is not linked cannot be kept")
	}
	account, err := proto.Marshal(d.Account)
	if err != nil {
		return err
	}
	before, err := k.record(ctx)
	if err != nil {
		return err
	}
	r := &deviceRecord{JID: *d.ID, LID: d.LID, NoiseKey: d.NoiseKey.Priv[:], IdentityKey: d.IdentityKey.Priv[:], PreKey: d.SignedPreKey.Priv[:], PreKeyID: d.SignedPreKey.KeyID,
		PreKeySig: d.SignedPreKey.Signature[:], RegistrationID: d.RegistrationID, AdvSecret: d.AdvSecretKey, Account: account, Platform: d.Platform, BusinessName: d.BusinessName,
		PushName: d.PushName, LIDMigratedAt: d.LIDMigrationTimestamp, LinkedAtMs: k.now().UnixMilli()}
	if before != nil && before.JID == r.JID {
		r.LinkedAtMs = before.LinkedAtMs
		return k.putJSON(ctx, deviceKind, "", r, 0)
	}
	return k.replace(ctx, r)
}

// replace keeps the device that was linked, and nothing else.
func (k *keeper) replace(ctx context.Context, r *deviceRecord) error {
	x, err := jsonChange(deviceKind, "", r)
	if err != nil {
		return err
	}
	return k.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM whatsapp_state WHERE account = ?`, k.account); err != nil {
			return err
		}
		return k.change(ctx, tx, x)
	})
}

// DeleteDevice forgets a device that WhatsApp has unlinked.
func (k *keeper) DeleteDevice(ctx context.Context, _ *wastore.Device) error {
	_, err := k.forget(ctx)
	return err
}
