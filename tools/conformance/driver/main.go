// Driver does what scripted sessions say of the client, with the Go client.
//
//	go run ./tools/conformance -- DRIVER
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/conformance/session"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "driver: expected an address and a script")
		os.Exit(2)
	}
	if err := drive(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "driver:", err)
		os.Exit(1)
	}
}

// driver is a client with what it has seen so far.
type driver struct {
	client *client.Client
	opened chan error
	events chan session.Event
	gaps   chan session.Gap
	states chan client.Phase
	calls  map[string]chan answer
}

type answer struct {
	method string
	value  []byte
	err    error
}

// room is more than a script has of anything.
const room = 100

func drive(address, file string) error {
	script, err := session.Read(file)
	if err != nil {
		return err
	}
	d := &driver{opened: make(chan error, 1), events: make(chan session.Event, room), gaps: make(chan session.Gap, room),
		states: make(chan client.Phase, room), calls: map[string]chan answer{}}
	d.client, err = client.New(address, client.Options{Token: script.Token, Reconnect: client.Reconnect{Min: 10 * time.Millisecond}})
	if err != nil {
		return err
	}
	d.client.OnAny(func(name string, payload []byte, _ int64) { d.events <- session.Event{Name: name, Payload: payload} })
	d.client.OnGap(func(expected, got int64) { d.gaps <- session.Gap{Expected: expected, Got: got} })
	d.client.OnState(func(s client.State) { d.states <- s.Phase })
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for i, st := range script.Steps {
		if err := d.step(ctx, st); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

// step does what the script says of the client; the gateway's steps are not its
// business.
func (d *driver) step(ctx context.Context, st session.Step) error {
	switch {
	case st.Connect != nil:
		go func() { d.opened <- d.client.Connect(ctx) }()
	case st.Connected != nil:
		return d.connected(ctx)
	case st.Refused != nil:
		return d.refused(<-d.opened, st.Refused)
	case st.Call != nil:
		d.call(ctx, st.Call)
	case st.Result != nil:
		return d.result(<-d.calls[st.Result.Of], st.Result.Value)
	case st.Error != nil:
		return failed((<-d.calls[st.Error.Of]).err, st.Error)
	case st.Event != nil:
		got := <-d.events
		if got.Name != st.Event.Name {
			return fmt.Errorf("expected the event %s, not %s", st.Event.Name, got.Name)
		}
		return session.Within(st.Event.Payload, got.Payload)
	case st.Gap != nil:
		if got := <-d.gaps; got != *st.Gap {
			return fmt.Errorf("expected the gap %v, not %v", *st.Gap, got)
		}
	case st.Close != nil:
		return d.client.Close(ctx)
	}
	return nil
}

func (d *driver) connected(ctx context.Context) error {
	for {
		select {
		case err := <-d.opened:
			if err != nil {
				return err
			}
		case phase := <-d.states:
			if phase == client.Connected {
				return nil
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (d *driver) refused(err error, want *session.Failure) error {
	var refused *client.RefusedError
	if !errors.As(err, &refused) {
		return fmt.Errorf("expected the connection to be refused, not %w", err)
	}
	return failed(err, want)
}

// call begins a call.
func (d *driver) call(ctx context.Context, c *session.Call) {
	done := make(chan answer, 1)
	d.calls[c.As] = done
	go func() {
		value, err := d.client.CallRaw(ctx, c.Method, c.Params)
		done <- answer{c.Method, value, err}
	}()
}

// result holds an answer to the script, and to the type that typed calls read it
// as.
func (d *driver) result(got answer, want json.RawMessage) error {
	if got.err != nil {
		return got.err
	}
	if id, _ := protocol.LookupMethod(got.method); id < protocol.MethodUnknown {
		if _, err := protocol.DecodeAliasResult(id, got.value, wire.Lenient); err != nil {
			return err
		}
	}
	return session.Within(want, got.value)
}

func failed(err error, want *session.Failure) error {
	if want.Reason != "" {
		if want.Reason != "connection-lost" || !errors.Is(err, client.ErrConnectionLost) {
			return fmt.Errorf("expected %s, not %w", want.Reason, err)
		}
		return nil
	}
	var got *client.Error
	if !errors.As(err, &got) {
		return fmt.Errorf("expected %s, not %w", want.Code, err)
	}
	if got.Code != want.Code || want.Message != "" && got.Message != want.Message || want.Retryable != nil && got.Retryable != *want.Retryable {
		return fmt.Errorf("expected %+v, not %+v", want, got)
	}
	if want.Details == nil {
		return nil
	}
	return session.Within(want.Details, json.RawMessage(got.Details))
}
