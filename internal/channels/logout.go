package channels

import (
	"context"
	"errors"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// ChannelsLogout forgets an account's login. The account is stopped first.
func (s *Service) ChannelsLogout(ctx context.Context, p *protocol.ChannelsLogoutParams) (*protocol.ChannelsLogoutResult, error) {
	info, known := s.kind(p.Channel)
	switch {
	case !known:
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "invalid channels.logout channel")
	case !info.Logout:
		return nil, protocol.Errorf(protocol.CodeInvalidRequest, "channel %s does not support logout", info.ID)
	}
	id := s.accountID(info.ID, p.AccountID.V)
	m := s.member(info.ID, id)
	if m == nil {
		return nil, protocol.Errorf(protocol.CodeNotLinked, "%s is not linked: no account %q is configured for the channel %s", info.Label, id, info.ID)
	}
	m.halt(errStopped)
	cleared, err := s.forget(ctx, m)
	if err != nil {
		m.run() // it is as it was
		if refused, ok := errors.AsType[*protocol.Error](err); ok {
			return nil, refused
		}
		return nil, protocol.Errorf(protocol.CodeUnavailable, "Error: %s", err.Error())
	}
	m.note(func(st *state) { st.terminal = &Terminal{Cause: LoggedOut, Err: errLoggedOut} })
	r := &protocol.ChannelsLogoutResult{Channel: protocol.ChannelID(info.ID), AccountID: m.settings.ID, Cleared: cleared, LoggedOut: wire.Some(cleared)}
	if m.settings.Shown.TokenSource.V == "env" {
		r.EnvToken = wire.Some(true)
	}
	return r, nil
}

var errLoggedOut = errors.New("it was logged out here; link it again to use it")

// forget takes away what the gateway knows of a login: what the account keeps, and
// what the configuration has.
func (s *Service) forget(ctx context.Context, m *member) (cleared bool, err error) {
	if l, ok := m.account.(Logouter); ok {
		if cleared, err = l.Logout(ctx); err != nil {
			return cleared, err
		}
	}
	if m.settings.Secret == nil || m.settings.Shown.TokenSource.V == "env" || m.settings.Missing != "" {
		return cleared, nil
	}
	if s.o.Forget == nil {
		return cleared, errors.New("the configuration cannot be changed by this gateway")
	}
	return true, s.o.Forget(ctx, m.settings.Secret)
}
