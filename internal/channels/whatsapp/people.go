//go:build whatsapp

package whatsapp

import (
	"context"
	"encoding/json"
	"time"

	wastore "go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
)

// contact changes what is known of a person, and gives what was known before.
func (k *keeper) contact(ctx context.Context, user types.JID, change func(*types.ContactInfo)) (before types.ContactInfo, changed bool, err error) {
	if before, err = k.GetContact(ctx, user); err != nil {
		return before, false, err
	}
	now := before
	change(&now)
	if now == before {
		return before, false, nil
	}
	return before, true, k.putJSON(ctx, contactKind, user.String(), now, 0)
}

// PutPushName keeps the name that a person has chosen.
func (k *keeper) PutPushName(ctx context.Context, user types.JID, name string) (bool, string, error) {
	before, changed, err := k.contact(ctx, user, func(c *types.ContactInfo) { c.PushName = name })
	if !changed {
		return false, "", err
	}
	return true, before.PushName, err
}

// PutBusinessName keeps the name of a business.
func (k *keeper) PutBusinessName(ctx context.Context, user types.JID, name string) (bool, string, error) {
	before, changed, err := k.contact(ctx, user, func(c *types.ContactInfo) { c.BusinessName = name })
	if !changed {
		return false, "", err
	}
	return true, before.BusinessName, err
}

// PutContactName keeps the name that the address book has.
func (k *keeper) PutContactName(ctx context.Context, user types.JID, firstName, fullName string) error {
	_, _, err := k.contact(ctx, user, func(c *types.ContactInfo) { c.FullName, c.FirstName = fullName, firstName })
	return err
}

// PutAllContactNames keeps the names of an address book.
func (k *keeper) PutAllContactNames(ctx context.Context, contacts []wastore.ContactEntry) error {
	return k.together(ctx, func(ctx context.Context) error {
		for _, c := range contacts {
			if err := k.PutContactName(ctx, c.JID, c.FirstName, c.FullName); err != nil {
				return err
			}
		}
		return nil
	})
}

// PutManyRedactedPhones keeps as much as is known of hidden numbers.
func (k *keeper) PutManyRedactedPhones(ctx context.Context, entries []wastore.RedactedPhoneEntry) error {
	return k.together(ctx, func(ctx context.Context) error {
		for _, e := range entries {
			if _, _, err := k.contact(ctx, e.JID, func(c *types.ContactInfo) { c.RedactedPhone = e.RedactedPhone }); err != nil {
				return err
			}
		}
		return nil
	})
}

// GetContact gives what is known of a person.
func (k *keeper) GetContact(ctx context.Context, user types.JID) (types.ContactInfo, error) {
	var c types.ContactInfo
	found, err := k.getJSON(ctx, contactKind, user.String(), &c)
	c.Found = found
	return c, err
}

// GetAllContacts gives what is known of all.
func (k *keeper) GetAllContacts(ctx context.Context) (map[types.JID]types.ContactInfo, error) {
	rows, err := k.list(ctx, contactKind, "")
	if err != nil {
		return nil, err
	}
	out := make(map[types.JID]types.ContactInfo, len(rows))
	for _, r := range rows {
		jid, err := types.ParseJID(r.name)
		if err != nil {
			return nil, err
		}
		var c types.ContactInfo
		if err := json.Unmarshal(r.value, &c); err != nil {
			return nil, err
		}
		c.Found = true
		out[jid] = c
	}
	return out, nil
}

// chat changes the settings of a chat.
func (k *keeper) chat(ctx context.Context, chat types.JID, change func(*types.LocalChatSettings)) error {
	c, err := k.GetChatSettings(ctx, chat)
	if err != nil {
		return err
	}
	change(&c)
	return k.putJSON(ctx, chatKind, chat.String(), c, 0)
}

// PutMutedUntil keeps how long a chat is muted.
func (k *keeper) PutMutedUntil(ctx context.Context, chat types.JID, until time.Time) error {
	return k.chat(ctx, chat, func(c *types.LocalChatSettings) { c.MutedUntil = until })
}

// PutPinned keeps whether a chat is pinned.
func (k *keeper) PutPinned(ctx context.Context, chat types.JID, pinned bool) error {
	return k.chat(ctx, chat, func(c *types.LocalChatSettings) { c.Pinned = pinned })
}

// PutArchived keeps whether a chat is archived.
func (k *keeper) PutArchived(ctx context.Context, chat types.JID, archived bool) error {
	return k.chat(ctx, chat, func(c *types.LocalChatSettings) { c.Archived = archived })
}

// GetChatSettings gives the settings of a chat.
func (k *keeper) GetChatSettings(ctx context.Context, chat types.JID) (types.LocalChatSettings, error) {
	var c types.LocalChatSettings
	found, err := k.getJSON(ctx, chatKind, chat.String(), &c)
	c.Found = found
	return c, err
}

// PutPrivacyTokens keeps tokens of people.
func (k *keeper) PutPrivacyTokens(ctx context.Context, tokens ...wastore.PrivacyToken) error {
	return k.together(ctx, func(ctx context.Context) error {
		for _, t := range tokens {
			if err := k.put(ctx, tokenKind, t.User.ToNonAD().String(), t.Token, t.Timestamp.Unix()); err != nil {
				return err
			}
		}
		return nil
	})
}

// GetPrivacyToken gives the newest token of a person, by either number, or nil.
func (k *keeper) GetPrivacyToken(ctx context.Context, user types.JID) (*wastore.PrivacyToken, error) {
	user = user.ToNonAD()
	names, err := k.bothNames(ctx, user)
	if err != nil {
		return nil, err
	}
	var newest *row
	for _, name := range names {
		r, err := k.get(ctx, tokenKind, name.String())
		if err != nil {
			return nil, err
		}
		if r != nil && (newest == nil || r.number > newest.number) {
			newest = r
		}
	}
	if newest == nil {
		return nil, nil
	}
	return &wastore.PrivacyToken{User: user, Token: newest.value, Timestamp: time.Unix(newest.number, 0)}, nil
}
