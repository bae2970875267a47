//go:build whatsapp

package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/channels"
	wastore "go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

// How a run looks after its connection.
const (
	pingEach  = 20 * time.Second
	pingTime  = 10 * time.Second // until one counts as not answered
	maxMissed = 2                // before the connection counts as dead
	pruneEach = 12 * time.Hour
)

// Causes that only this channel has.
const (
	notLinked channels.Cause = "not linked"
	outdated  channels.Cause = "outdated"
)

// run is one connection that receives.
type run struct {
	*account
	ctx    context.Context
	in     channels.Inbox
	device *wastore.Device
	client Client
	ended  chan error // the first reason to end
	once   sync.Once
}

// Run receives what WhatsApp has until ctx ends.
func (a *account) Run(ctx context.Context, in channels.Inbox) error {
	a.dropLink()
	release, err := a.hold(ctx)
	if err != nil {
		return err
	}
	defer release()
	device, err := a.state.device(ctx, logger{a.log})
	if err != nil {
		return err
	}
	if device == nil {
		return &channels.Terminal{Cause: notLinked, Err: errors.New("nobody has scanned its code yet; run gateway channels login whatsapp")}
	}
	a.know(device)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &run{account: a, ctx: ctx, in: in, device: device, client: a.dial(device, a.log), ended: make(chan error, 1)}
	defer r.client.Close()
	defer a.use(nil)
	if err := r.client.Connect(ctx, r.handle); err != nil {
		return fmt.Errorf("WhatsApp cannot be reached: %w", err)
	}
	return r.watch()
}

// watch pings, until there is a reason to end.
func (r *run) watch() error {
	var pings sync.WaitGroup
	defer pings.Wait()
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	answers := make(chan error, 1)
	ping, prune := time.NewTicker(pingEach), time.NewTicker(pruneEach)
	defer ping.Stop()
	defer prune.Stop()
	r.prune()
	for missed, asking := 0, false; ; {
		select {
		case <-r.ctx.Done():
			return r.ctx.Err()
		case err := <-r.ended:
			return err
		case <-prune.C:
			r.prune()
		case <-ping.C:
			if _, err := r.account.client(); err != nil || asking {
				continue // not connected yet: the supervision has an eye on that
			}
			asking = true
			pings.Go(func() {
				ctx, cancel := context.WithTimeout(ctx, pingTime)
				defer cancel()
				answers <- r.client.Ping(ctx)
			})
		case err := <-answers:
			asking = false
			if err == nil {
				missed = 0
				r.in.Alive()
				continue
			}
			if missed++; missed >= maxMissed {
				return fmt.Errorf("WhatsApp does not answer: %w", err)
			}
		}
	}
}

func (r *run) prune() {
	if err := r.state.prune(r.ctx); err != nil && r.ctx.Err() == nil {
		r.log.Warn("old state of the WhatsApp account could not be removed", "error", err)
	}
}

// end ends the run for a reason.
func (r *run) end(err error) {
	r.once.Do(func() { r.ended <- err })
}

// handle takes what the library tells. It is false for a message that has to be
// brought again.
func (r *run) handle(event any) bool {
	if r.ctx.Err() != nil {
		return false
	}
	if err := over(event); err != nil {
		if _, gone := event.(*events.LoggedOut); gone {
			r.forget()
		}
		r.end(err)
		return true
	}
	switch e := event.(type) {
	case *events.Connected:
		r.know(r.device)
		r.use(r.client)
		r.in.Alive()
	case *events.Message:
		return r.message(e)
	case *events.Receipt:
		r.receipt(e)
		r.in.Alive()
	case *events.UndecryptableMessage:
		r.log.Info("a message cannot be read yet: its sender is asked for it again", "message", e.Info.ID, "chat", e.Info.Chat.String())
	case *events.GroupInfo:
		if e.Name != nil {
			r.groups.put(e.JID.String(), e.Name.Name)
		}
	}
	return true
}

// forget removes the keys of a device that WhatsApp does not know any more.
func (r *run) forget() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), readTime)
	defer cancel()
	if _, err := r.state.forget(ctx); err != nil {
		r.log.Error("the login of a WhatsApp account that was logged out could not be removed", "error", err)
	}
}

// over says why a connection has ended by an event, or nil.
func over(event any) error {
	switch e := event.(type) {
	case *events.LoggedOut:
		switch {
		case !e.OnConnect:
			return &channels.Terminal{Cause: channels.LoggedOut, Err: errors.New("the phone has removed this device; link it again to use it")}
		case e.Reason == events.ConnectFailureUnknownLogout:
			return &channels.Terminal{Cause: channels.Banned, Err: errors.New("WhatsApp does not let the number in any more (406)")}
		}
		return &channels.Terminal{Cause: channels.LoggedOut, Err: fmt.Errorf("WhatsApp has removed this device (%s); link it again to use it", e.Reason)}
	case *events.StreamReplaced:
		return &channels.Terminal{Cause: channels.Replaced, Err: errors.New("another program has connected as this device")}
	case *events.TemporaryBan:
		return &channels.Terminal{Cause: channels.Banned, Err: errors.New(e.String())}
	case *events.ClientOutdated:
		return &channels.Terminal{Cause: outdated, Err: errors.New("WhatsApp does not let this version of the gateway in any more; update the gateway")}
	case *events.ConnectFailure:
		return fmt.Errorf("WhatsApp refused the connection: %s", e.Reason)
	case *events.StreamError:
		return fmt.Errorf("WhatsApp ended the connection with code %q", e.Code)
	case *events.Disconnected:
		return errors.New("WhatsApp closed the connection")
	case *events.ManualLoginReconnect:
		return errors.New("WhatsApp wants a new connection")
	}
	return nil
}

// message takes a message over.
func (r *run) message(e *events.Message) bool {
	m := r.inbound(r.ctx, e)
	if m == nil {
		r.in.Alive()
		return true
	}
	if err := r.in.Receive(r.ctx, m); err != nil {
		// It was not confirmed, and comes again with the next connection.
		r.end(fmt.Errorf("a message could not be taken over: %w", err))
		return false
	}
	return true
}

// receipt notes that messages have arrived.
func (r *run) receipt(e *events.Receipt) {
	switch e.Type {
	case types.ReceiptTypeDelivered, types.ReceiptTypeRead, types.ReceiptTypePlayed:
	default:
		return // of our own devices, or to ask for the message again
	}
	if e.IsFromMe {
		return
	}
	for _, id := range e.MessageIDs {
		r.confirmed.put(id, struct{}{})
	}
}
