package channels

import (
	"context"

	"github.com/gatesmith/gatesmith/protocol"
)

var errNoLogin = protocol.Errorf(protocol.CodeInvalidRequest, "web login provider is not available")

// WebLoginStart starts a login by QR code.
func (s *Service) WebLoginStart(context.Context, *protocol.WebLoginStartParams) (*protocol.WebLoginStartResult, error) {
	return nil, errNoLogin
}

// WebLoginWait waits for a login by QR code.
func (s *Service) WebLoginWait(context.Context, *protocol.WebLoginWaitParams) (*protocol.WebLoginWaitResult, error) {
	return nil, errNoLogin
}
