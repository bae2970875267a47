//go:build whatsapp

package whatsapp

import (
	"context"
	"errors"
	"time"

	"go.mau.fi/whatsmeow/types/events"
)

// logoutTime is how long WhatsApp is tried to be told of a logout.
const logoutTime = 15 * time.Second

// Logout removes the device from the account, and all that is known of it. When
// WhatsApp cannot be told, its owner has to remove it from the phone's list.
func (a *account) Logout(ctx context.Context) (bool, error) {
	a.dropLink()
	release, err := a.hold(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	device, err := a.state.device(ctx, logger{a.log})
	if device != nil {
		c := a.dial(device, a.log)
		if err := a.unlink(ctx, c); err != nil {
			a.log.Warn("WhatsApp could not be told that the account is logged out: remove the device from the phone's list of linked devices", "error", err)
		}
		c.Close()
	} else if err != nil {
		a.log.Warn("the login of the WhatsApp account cannot be used: it is removed", "error", err)
	}
	was, err := a.state.forget(ctx)
	a.mu.Lock()
	a.me = self{}
	a.mu.Unlock()
	return was || device != nil, err
}

// unlink connects to say goodbye.
func (a *account) unlink(ctx context.Context, c Client) error {
	ctx, cancel := context.WithTimeout(ctx, logoutTime)
	defer cancel()
	ready := make(chan error, 1)
	err := c.Connect(ctx, func(event any) bool {
		_, message := event.(*events.Message)
		_, connected := event.(*events.Connected)
		if err := over(event); err != nil || connected {
			select {
			case ready <- err:
			default:
			}
		}
		return !message
	})
	if err != nil {
		return err
	}
	select {
	case err := <-ready:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return errors.New("WhatsApp does not answer")
	}
	return c.Logout(ctx)
}
