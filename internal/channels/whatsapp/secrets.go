//go:build whatsapp

package whatsapp

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	wastore "go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
)

func secretName(chat, sender types.JID, id types.MessageID) string {
	return chat.ToNonAD().String() + " " + sender.ToNonAD().String() + " " + id
}

// PutMessageSecret keeps the secret of a message, which its votes and reactions
// are read with. The first one stays.
func (k *keeper) PutMessageSecret(ctx context.Context, chat, sender types.JID, id types.MessageID, secret []byte) error {
	name := secretName(chat, sender, id)
	before, err := k.get(ctx, secretKind, name)
	if err != nil || before != nil {
		return err
	}
	return k.put(ctx, secretKind, name, secret, k.now().UnixMilli())
}

// PutMessageSecrets keeps secrets at once.
func (k *keeper) PutMessageSecrets(ctx context.Context, inserts []wastore.MessageSecretInsert) error {
	return k.together(ctx, func(ctx context.Context) error {
		for _, x := range inserts {
			if err := k.PutMessageSecret(ctx, x.Chat, x.Sender, x.ID, x.Secret); err != nil {
				return err
			}
		}
		return nil
	})
}

// GetMessageSecret gives the secret of a message, and who sent it, by either
// number of the chat and the sender; nil when it is not known.
func (k *keeper) GetMessageSecret(ctx context.Context, chat, sender types.JID, id types.MessageID) ([]byte, types.JID, error) {
	chats, err := k.bothNames(ctx, chat.ToNonAD())
	if err != nil {
		return nil, types.EmptyJID, err
	}
	senders, err := k.bothNames(ctx, sender.ToNonAD())
	if err != nil {
		return nil, types.EmptyJID, err
	}
	for _, c := range chats {
		for _, s := range senders {
			if v, err := k.value(ctx, secretKind, secretName(c, s, id)); v != nil || err != nil {
				return v, s, err
			}
		}
	}
	return nil, types.EmptyJID, nil
}

// bufferedEvent is a message that was decrypted: it cannot be a second time.
type bufferedEvent struct {
	Plaintext  []byte    `json:"plaintext"` // nil once it was taken over
	ServerTime time.Time `json:"serverTime"`
}

// GetBufferedEvent gives a message that was decrypted before, or nil.
func (k *keeper) GetBufferedEvent(ctx context.Context, hash [32]byte) (*wastore.BufferedEvent, error) {
	name := hex.EncodeToString(hash[:])
	r, err := k.get(ctx, eventKind, name)
	if r == nil {
		return nil, err
	}
	var e bufferedEvent
	if _, err := k.getJSON(ctx, eventKind, name, &e); err != nil {
		return nil, err
	}
	return &wastore.BufferedEvent{Plaintext: e.Plaintext, ServerTime: e.ServerTime, InsertTime: time.UnixMilli(r.number)}, nil
}

// PutBufferedEvent keeps a message that was decrypted.
func (k *keeper) PutBufferedEvent(ctx context.Context, hash [32]byte, plaintext []byte, serverTime time.Time) error {
	return k.putJSON(ctx, eventKind, hex.EncodeToString(hash[:]), bufferedEvent{Plaintext: plaintext, ServerTime: serverTime}, k.now().UnixMilli())
}

// DoDecryptionTxn has the message that is decrypted, and how far that moved the
// session on, written at once.
func (k *keeper) DoDecryptionTxn(ctx context.Context, f func(context.Context) error) error {
	return k.together(ctx, f)
}

// ClearBufferedEventPlaintext notes that a message was taken over.
func (k *keeper) ClearBufferedEventPlaintext(ctx context.Context, hash [32]byte) error {
	name := hex.EncodeToString(hash[:])
	var e bufferedEvent
	r, err := k.get(ctx, eventKind, name)
	if r == nil || err != nil {
		return err
	}
	if _, err := k.getJSON(ctx, eventKind, name, &e); err != nil {
		return err
	}
	e.Plaintext = nil
	return k.putJSON(ctx, eventKind, name, e, r.number)
}

// DeleteOldBufferedHashes forgets what WhatsApp does not bring again.
func (k *keeper) DeleteOldBufferedHashes(ctx context.Context) error {
	return k.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM whatsapp_state WHERE account = ? AND kind = ? AND number < ?`, k.account, string(eventKind), k.now().Add(-keepEvents).UnixMilli())
		return err
	})
}
