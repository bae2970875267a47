//go:build whatsapp

package whatsapp

import (
	"context"
	"fmt"

	wastore "go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
)

// PutLIDMapping keeps which phone number a hidden number stands for.
func (k *keeper) PutLIDMapping(ctx context.Context, lid, pn types.JID) error {
	if lid.Server != types.HiddenUserServer || pn.Server != types.DefaultUserServer {
		return fmt.Errorf("%s and %s are not a hidden number and a phone number", lid, pn)
	}
	before, err := k.value(ctx, lidKind, lid.User)
	if err != nil || string(before) == pn.User {
		return err
	}
	other, err := k.value(ctx, numberKind, pn.User)
	if err != nil {
		return err
	}
	return k.together(ctx, func(ctx context.Context) error {
		if before != nil {
			if err := k.remove(ctx, numberKind, string(before)); err != nil {
				return err
			}
		}
		if other != nil {
			if err := k.remove(ctx, lidKind, string(other)); err != nil {
				return err
			}
		}
		if err := k.put(ctx, lidKind, lid.User, []byte(pn.User), 0); err != nil {
			return err
		}
		return k.put(ctx, numberKind, pn.User, []byte(lid.User), 0)
	})
}

// PutManyLIDMappings does so for many.
func (k *keeper) PutManyLIDMappings(ctx context.Context, mappings []wastore.LIDMapping) error {
	return k.together(ctx, func(ctx context.Context) error {
		for _, m := range mappings {
			if m.LID.Server != types.HiddenUserServer || m.PN.Server != types.DefaultUserServer {
				continue // groups have such members
			}
			if err := k.PutLIDMapping(ctx, m.LID, m.PN); err != nil {
				return err
			}
		}
		return nil
	})
}

// GetPNForLID gives the phone number behind a hidden number; empty when it is not
// known.
func (k *keeper) GetPNForLID(ctx context.Context, lid types.JID) (types.JID, error) {
	return k.other(ctx, lid, lidKind, types.HiddenUserServer, types.DefaultUserServer)
}

// GetLIDForPN gives the hidden number of a phone number; empty when it is not
// known.
func (k *keeper) GetLIDForPN(ctx context.Context, pn types.JID) (types.JID, error) {
	return k.other(ctx, pn, numberKind, types.DefaultUserServer, types.HiddenUserServer)
}

func (k *keeper) other(ctx context.Context, jid types.JID, by kind, from, to string) (types.JID, error) {
	if jid.Server != from {
		return types.JID{}, fmt.Errorf("%s is not an address at %s", jid, from)
	}
	v, err := k.value(ctx, by, jid.User)
	if err != nil || v == nil {
		return types.JID{}, err
	}
	return types.JID{User: string(v), Device: jid.Device, Server: to}, nil
}

// GetManyLIDsForPNs gives the hidden numbers that are known of phone numbers.
func (k *keeper) GetManyLIDsForPNs(ctx context.Context, pns []types.JID) (map[types.JID]types.JID, error) {
	out := make(map[types.JID]types.JID, len(pns))
	for _, pn := range pns {
		if pn.Server != types.DefaultUserServer {
			continue
		}
		lid, err := k.GetLIDForPN(ctx, pn)
		if err != nil {
			return nil, err
		}
		if !lid.IsEmpty() {
			out[pn] = lid
		}
	}
	return out, nil
}

// bothNames gives an address, and the other one of the same person if it is known.
func (k *keeper) bothNames(ctx context.Context, jid types.JID) ([]types.JID, error) {
	out := []types.JID{jid}
	other, err := types.JID{}, error(nil)
	switch jid.Server {
	case types.DefaultUserServer:
		other, err = k.GetLIDForPN(ctx, jid)
	case types.HiddenUserServer:
		other, err = k.GetPNForLID(ctx, jid)
	}
	if err == nil && !other.IsEmpty() {
		out = append(out, other)
	}
	return out, err
}
