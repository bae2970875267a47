package main

import (
	"context"
	"net"
	"time"
)

// restart is a wish to be started anew.
type restart struct {
	after  time.Duration
	reason string
}

// restartExpected is what clients are told about when to come back.
const restartExpected = 1500 * time.Millisecond

// askRestart takes a wish of the gateway's. One that waits already is as good.
func (r *runner) askRestart(after time.Duration, reason string) {
	select {
	case r.restarts <- restart{after, reason}:
	default:
	}
}

// restart ends the gateway and starts it anew in this process, with the
// configuration as it is now. With one that it does not start with it starts as
// it was before: better that than no gateway at all. Without an error and without
// a gateway it was told to stop meanwhile.
func (r *runner) restart(ctx context.Context, reason string) error {
	r.log.Info("restarting", "reason", reason)
	r.tell(r.systemd.Reloading())
	_, r.port, _ = net.SplitHostPort(r.gateway.Addresses()[0])
	if err := r.stopGateway(restartExpected); err != nil {
		r.log.Error("not everything ended as it should", "error", err)
	}
	select {
	case <-r.restarts: // what is to be restarted for is done with this one
	default:
	}
	before := r.loaded
	r.gateway = nil
	loaded, err := r.read()
	if err == nil {
		err = r.start(ctx, loaded)
	}
	if err == nil || ctx.Err() != nil {
		return nil
	}
	r.log.Error("the gateway does not start with this configuration, it starts with the one before", "error", err)
	if err := r.start(ctx, before); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}
