package client

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// credentials are what a connection proves itself with.
type credentials struct {
	token, password string
	kept            bool // the token is one that a gateway gave this device
}

// attempt makes one connection. A kept token that the gateway does not accept
// is forgotten, if there is a shared secret to try in its place: it was
// revoked, or is worth less than what is asked for now.
func (c *Client) attempt(ctx context.Context) (*session, error) {
	shared, sharedErr := c.sharedCredentials()
	cred := c.keptCredentials()
	if !cred.kept {
		if sharedErr != nil {
			return nil, sharedErr
		}
		return c.keepToken(c.connect(ctx, shared))
	}
	s, err := c.connect(ctx, cred)
	if sharedErr == nil && shared != (credentials{}) && unaccepted(err) {
		c.opts.Logger.Info("the kept device token was not accepted, trying the shared secret", "reason", err)
		if err := c.opts.Tokens.Delete(c.opts.Device.ID(), c.opts.Role.String()); err != nil {
			c.opts.Logger.Warn("the device token cannot be forgotten", "error", err)
		}
		s, err = c.connect(ctx, shared)
	}
	return c.keepToken(s, err)
}

func (c *Client) sharedCredentials() (credentials, error) {
	token, err := c.opts.sharedToken()
	return credentials{token: token, password: c.opts.Password}, err
}

// keptCredentials are the device's own, if there are any.
func (c *Client) keptCredentials() credentials {
	if c.opts.Device == nil || c.opts.Tokens == nil {
		return credentials{}
	}
	token, err := c.opts.Tokens.Load(c.opts.Device.ID(), c.opts.Role.String())
	if err != nil {
		c.opts.Logger.Warn("the device token cannot be read", "error", err)
	}
	return credentials{token: token.Token, kept: token.Token != ""}
}

// unaccepted reports whether a refusal is about what was proved, so that
// another proof may help.
func unaccepted(err error) bool {
	var refused *RefusedError
	if !errors.As(err, &refused) {
		return false
	}
	e := refused.Err
	return e.Code == protocol.CodeNotPaired || strings.HasPrefix(e.Message, "unauthorized") || strings.HasPrefix(e.Message, "missing scope")
}

// keepToken keeps the token that a greeting brought.
func (c *Client) keepToken(s *session, err error) (*session, error) {
	if err != nil || c.opts.Device == nil || c.opts.Tokens == nil {
		return s, err
	}
	auth := s.hello.Auth.V
	if !auth.DeviceToken.Set || auth.DeviceToken.V == "" {
		return s, nil
	}
	role := auth.Role
	if role == "" {
		role = c.opts.Role.String()
	}
	kept := DeviceToken{Token: auth.DeviceToken.V, Scopes: auth.Scopes, SavedAt: time.Now().UTC()}
	if err := c.opts.Tokens.Save(c.opts.Device.ID(), role, kept); err != nil {
		c.opts.Logger.Warn("the device token cannot be kept", "error", err)
	}
	return s, nil
}
