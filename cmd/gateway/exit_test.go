package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func TestExitStatus(t *testing.T) {
	target := &connection.Target{}
	answer := func(code, message string) error {
		return fmt.Errorf("m: %w", &client.Error{Code: code, Message: message})
	}
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("x"), 1},
		{usagef("x"), 2},
		{connection.UsageError{}, 2},
		{&failure{code: 7}, 7},
		{&connection.DeniedError{Target: target, Err: answer(protocol.CodeInvalidRequest, "unauthorized")}, 4},
		{&connection.UnreachableError{Target: target, Err: errors.New("x")}, 69},
		{answer(protocol.CodeInvalidRequest, "invalid params"), 1},
		{answer(protocol.CodeInvalidRequest, "missing scope: operator.admin"), 4},
		{answer(protocol.CodeInvalidRequest, "unauthorized role: node"), 4},
		{answer(protocol.CodeNotPaired, "device identity required"), 4},
		{answer(protocol.CodeUnavailable, "x"), 1},
		{fmt.Errorf("m: %w", client.ErrConnectionLost), 69},
		{fmt.Errorf("m: %w", client.ErrTickTimeout), 69},
		{fmt.Errorf("m: no answer: %w", context.DeadlineExceeded), 69},
		{fmt.Errorf("m: %w", &client.CloseError{Code: 1012}), 69},
	} {
		if got := exitStatus(c.err); got != c.want {
			t.Errorf("%v: got %d, want %d", c.err, got, c.want)
		}
	}
}

func TestReport(t *testing.T) {
	busy := fmt.Errorf("chat.send: %w", &client.Error{Code: protocol.CodeUnavailable, Message: "busy\x1b[2J", Details: wire.Raw(`{"queue":3}`), Retryable: true, RetryAfter: 90 * time.Second})
	for _, c := range []struct {
		err  error
		json bool
		want string
	}{
		{&failure{code: 1}, false, ""},
		{errors.New("one\ntwo"), false, "gateway: one\ngateway: two\n"},
		{busy, false, "gateway: chat.send: UNAVAILABLE: busy\ufffd[2J\n  details: {\"queue\":3}\n  try again in 1m 30s\n"},
		{busy, true, `{"error":{"exit":1,"message":"busy\u001b[2J","code":"UNAVAILABLE","details":{"queue":3},"retryable":true,"retryAfterMs":90000}}` + "\n"},
	} {
		var out strings.Builder
		if report(&out, c.err, c.json); out.String() != c.want {
			t.Errorf("%v:\ngot  %q\nwant %q", c.err, out.String(), c.want)
		}
	}
}

// broken is an output that cannot be written to.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

// Data that could not be written is not a success.
func TestOutput(t *testing.T) {
	dir := t.TempDir()
	alone(t, dir)
	g := startGateway(t, dir, "0")
	defer stopGateway(t, g)
	for _, args := range [][]string{{"version"}, {"version", "--json"}, {"health"}, {"status"}, {"presence"}, {"devices", "list"}, {"call", "health"}, {"doctor"}, {"call", "health", "--help"}} {
		var errs strings.Builder
		if status := execute(t.Context(), func() {}, args, streams{strings.NewReader(""), broken{}, &errs}); status != exitFailed || !strings.Contains(errs.String(), "disk full") {
			t.Errorf("%v: exit status %d: %s", args, status, errs.String())
		}
	}
}
