package auth

import (
	"errors"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
)

// Why a shared secret did not open the door.
var (
	errMissing    = errors.New("missing")
	errWrong      = errors.New("mismatch")
	errUnset      = errors.New("not configured on gateway")
	controlUIs    = []string{"moltbot-control-ui", "clawdbot-control-ui"}
	webchatClient = "webchat-ui"
)

// sharedSecret compares the secret of the mode in force; the other one does
// not count.
func (t *attempt) sharedSecret() error {
	secret, presented := t.settings.Token, t.token
	if t.settings.Mode == ModePassword {
		secret, presented = t.settings.Password, t.password
	}
	switch {
	case !secret.Set():
		return errUnset
	case presented == "":
		return errMissing
	case !secret.Matches(presented):
		return errWrong
	}
	return nil
}

func isControlUI(p *protocol.ConnectParams) bool {
	for _, id := range controlUIs {
		if strings.EqualFold(strings.TrimSpace(p.Client.ID), id) {
			return true
		}
	}
	return false
}

func isWebchat(p *protocol.ConnectParams) bool {
	return strings.EqualFold(strings.TrimSpace(string(p.Client.Mode)), "webchat") || strings.EqualFold(strings.TrimSpace(p.Client.ID), webchatClient)
}

// unauthorized words a failure. Clients look at the beginning; the hint in
// parentheses is for the people before them.
func unauthorized(mode Mode, reason error, p *protocol.ConnectParams) string {
	text := "unauthorized: gateway " + string(mode) + " " + reason.Error()
	if errors.Is(reason, errUnset) {
		return text + " (set gateway.auth." + string(mode) + ")"
	}
	return text + " (" + hint(mode, p) + ")"
}

func hint(mode Mode, p *protocol.ConnectParams) string {
	switch {
	case strings.EqualFold(strings.TrimSpace(string(p.Client.Mode)), "cli"):
		return "set gateway.remote." + string(mode) + " to match gateway.auth." + string(mode)
	case (isControlUI(p) || isWebchat(p)) && mode == ModePassword:
		return "enter the password in Control UI settings"
	case isControlUI(p) || isWebchat(p):
		return "open a tokenized dashboard URL or paste token in Control UI settings"
	case mode == ModePassword:
		return "provide gateway auth password"
	}
	return "provide gateway auth token"
}
