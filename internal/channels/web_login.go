package channels

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"rsc.io/qr"
)

// How long a caller is kept waiting who says nothing of it.
const (
	codeTime = 30 * time.Second
	scanTime = 2 * time.Minute
)

var errNoLogin = protocol.Errorf(protocol.CodeInvalidRequest, "web login provider is not available")

// linker gives the account that is meant by a login by QR code.
func (s *Service) linker(account string) (*member, Linker, error) {
	for _, k := range s.kinds {
		info := k.Info()
		if !info.Login {
			continue
		}
		id := s.accountID(info.ID, account)
		m := s.member(info.ID, id)
		if m == nil {
			return nil, nil, protocol.Errorf(protocol.CodeNotLinked, "%s is not linked: no account %q is configured for the channel %s", info.Label, id, info.ID)
		}
		l, ok := m.account.(Linker)
		if !ok {
			return nil, nil, protocol.Errorf(protocol.CodeNotLinked, "%s is not linked: account %q cannot be used: %s", info.Label, id, m.fault)
		}
		return m, l, nil
	}
	return nil, nil, errNoLogin
}

// WebLoginStart starts a login by QR code.
func (s *Service) WebLoginStart(ctx context.Context, p *protocol.WebLoginStartParams) (*protocol.WebLoginStartResult, error) {
	m, l, err := s.linker(p.AccountID.V)
	if err != nil {
		return nil, err
	}
	linked, err := l.Linked(ctx)
	if err != nil {
		return nil, protocol.Errorf(protocol.CodeUnavailable, "Error: %s", err.Error())
	}
	if linked && !p.Force.V {
		return &protocol.WebLoginStartResult{Message: fmt.Sprintf("%s is already linked. Say “relink” if you want a fresh QR.", m.info.Label)}, nil
	}
	m.halt(errStopped)
	if linked {
		if out, ok := m.account.(Logouter); ok {
			if _, err := out.Logout(ctx); err != nil {
				return nil, protocol.Errorf(protocol.CodeUnavailable, "Error: %s", err.Error())
			}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, limit(p.TimeoutMs, codeTime))
	defer cancel()
	code, err := l.StartLink(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return &protocol.WebLoginStartResult{Message: "No code came in time. Try again."}, nil
	}
	if err != nil {
		return nil, protocol.Errorf(protocol.CodeUnavailable, "Error: %s", err.Error())
	}
	picture, err := qr.Encode(code, qr.M)
	if err != nil {
		return nil, protocol.Errorf(protocol.CodeUnavailable, "Error: the code cannot be drawn: %s", err.Error())
	}
	return &protocol.WebLoginStartResult{QRDataURL: wire.Some("data:image/png;base64," + base64.StdEncoding.EncodeToString(picture.PNG())), Code: wire.Some(code),
		Message: fmt.Sprintf("Scan this QR in %s → Linked Devices.", m.info.Label)}, nil
}

// StillWaiting is what is said of a code that nobody scanned yet, or that expired.
const StillWaiting = "Still waiting for the QR scan. Let me know when you have scanned it."

// WebLoginWait waits for a login by QR code.
func (s *Service) WebLoginWait(ctx context.Context, p *protocol.WebLoginWaitParams) (*protocol.WebLoginWaitResult, error) {
	m, l, err := s.linker(p.AccountID.V)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit(p.TimeoutMs, scanTime))
	defer cancel()
	linked, err := l.WaitLink(ctx)
	switch {
	case err != nil:
		return &protocol.WebLoginWaitResult{Message: "The login failed: " + err.Error()}, nil
	case !linked:
		return &protocol.WebLoginWaitResult{Message: StillWaiting}, nil
	}
	m.run()
	return &protocol.WebLoginWaitResult{Connected: true, Message: fmt.Sprintf("Linked. %s is ready.", m.info.Label)}, nil
}

func limit(ms wire.Opt[int64], otherwise time.Duration) time.Duration {
	if !ms.Set {
		return otherwise
	}
	return time.Duration(ms.V) * time.Millisecond
}
