package auth

import (
	"context"
	"errors"

	"github.com/gatesmith/gatesmith/internal/devices"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// grant decides the scopes of a connection: what was asked for, as far as the
// proof can give it. Roles without scopes get none.
func (t *attempt) grant() ([]string, error) {
	if t.Role != protocol.RoleOperator {
		return []string{}, nil
	}
	asked := t.Scopes
	if len(asked) == 0 {
		asked = t.settings.DefaultScopes
		if !t.shared || t.owner {
			asked = t.holds
		}
	}
	granted := []string{}
	for _, s := range asked {
		if devices.Within(t.Role, []string{s}, t.holds) || t.shared && !known(s) {
			granted = append(granted, s)
		}
	}
	if len(granted) == 0 && len(asked) > 0 {
		return nil, refuse(FailureScope, "missing scope: %s", asked[0])
	}
	return granted, nil
}

// known reports whether the protocol has such a scope. Others match nothing,
// so they may be kept.
func known(scope string) bool {
	_, ok := protocol.LookupScope(scope)
	return ok
}

// pair sees that the device is paired for what it asks, and gives it a token.
func (a *Authenticator) pair(ctx context.Context, t *attempt, scopes []string) (*protocol.HelloAuth, error) {
	r := devices.Request{DeviceID: t.device.ID, PublicKey: t.key, DisplayName: t.Params.Client.DisplayName.V, Platform: t.Params.Client.Platform,
		ClientID: t.Params.Client.ID, ClientMode: string(t.Params.Client.Mode), Role: t.Role.String(), Scopes: scopes}
	if !t.place.Client.IsLoopback() && t.place.Client.IsValid() {
		r.RemoteIP = t.place.Client.String()
	}
	if t.Role == protocol.RoleNode {
		r.Node = t.facts()
	}
	switch {
	case t.known != nil && t.known.Covers(t.key, r.Role, scopes):
		if err := a.devices.Seen(ctx, r); err != nil {
			return nil, err
		}
	case t.shared && t.place.Local:
		if _, err := a.devices.Pair(ctx, r); err != nil {
			return nil, err
		}
	default:
		return nil, a.ask(ctx, r)
	}
	return a.token(ctx, t, scopes)
}

// facts are what a node says of itself, in memory of their own.
func (t *attempt) facts() devices.Facts {
	p := t.Params.Clone()
	return devices.Facts{Version: p.Client.Version, DeviceFamily: p.Client.DeviceFamily.V, ModelIdentifier: p.Client.ModelIdentifier.V, Caps: p.Caps,
		Commands: p.Commands, Permissions: p.Permissions}
}

// ask leaves a request for an operator and turns the device away meanwhile.
func (a *Authenticator) ask(ctx context.Context, r devices.Request) error {
	id, err := a.devices.Ask(ctx, r)
	var full *protocol.Error
	switch {
	case errors.As(err, &full):
		return refuseWith(FailurePairing, full)
	case err != nil:
		return err
	}
	e := protocol.Errorf(protocol.CodeNotPaired, "pairing required")
	details := append([]byte(`{"requestId":`), wire.AppendString(nil, id)...)
	details = append(details, `,"approve":`...)
	e.Details = wire.Raw(append(wire.AppendString(details, approving(r.Role)+id), '}'))
	return refuseWith(FailurePairing, e)
}

// approving is the command that approves a request, but for its id.
func approving(role string) string {
	if role == protocol.RoleNode.String() {
		return "gateway node approve "
	}
	return "gateway devices approve "
}

// token gives the device the token that it came with, or a new one.
func (a *Authenticator) token(ctx context.Context, t *attempt, scopes []string) (*protocol.HelloAuth, error) {
	h := &protocol.HelloAuth{Role: t.Role.String(), Scopes: scopes}
	if t.issued != nil {
		h.DeviceToken, h.IssuedAtMs = wire.Some(t.token), wire.Some(t.issued.IssuedAtMs)
		return h, nil
	}
	token, issuedAt, err := a.devices.Issue(ctx, t.device.ID, t.Role.String(), scopes)
	h.DeviceToken, h.IssuedAtMs = wire.Some(token), wire.Some(issuedAt)
	return h, err
}
