package nodes

import (
	"errors"
	"strings"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

var (
	errUnknownNode = protocol.Errorf(protocol.CodeInvalidRequest, "unknown nodeId")
	errMismatch    = protocol.Errorf(protocol.CodeInvalidRequest, "nodeId mismatch")
)

func notConnected() error {
	e := protocol.Errorf(protocol.CodeUnavailable, "node not connected")
	e.Details = &protocol.NodeNotConnectedDetails{}
	return e
}

func notAllowed(command string, reason protocol.NodeCommandRefusedDetailsReason) error {
	e := protocol.Errorf(protocol.CodeInvalidRequest, "node command not allowed")
	e.Details = &protocol.NodeCommandRefusedDetails{Reason: reason, Command: strings.Clone(command)}
	return e
}

// busy is the refusal of a call to a node that has too much to do already.
func busy() error {
	e := protocol.Errorf(protocol.CodeUnavailable, "node is busy: %d calls wait for its answer", maxCalls)
	e.RetryAfter = time.Second
	return e
}

func disconnected(command string) error {
	return protocol.Errorf(protocol.CodeUnavailable, "Error: node disconnected (%s)", command)
}

// onTheWay is a failure between here and the node, in the form of a node's own.
func onTheWay(code protocol.NodeErrorCode, message string) error {
	return nodeFailed(&protocol.NodeError{Code: wire.Some(code), Message: wire.Some(message)})
}

func timedOut() error { return onTheWay(protocol.NodeErrorCodeTimeout, "node invoke timed out") }

func notSent() error {
	return onTheWay(protocol.NodeErrorCodeUnavailable, "failed to send invoke to node")
}

// nodeFailed is a node's own failure; nil when it gave none.
func nodeFailed(n *protocol.NodeError) error {
	details := &protocol.NodeErrorDetails{}
	message := "node invoke failed"
	if n != nil {
		details.NodeError = wire.Value(*n)
		if n.Message.V != "" {
			message = n.Message.V
		}
	}
	e := protocol.Errorf(protocol.CodeUnavailable, "%s", message)
	e.Details = details
	return e
}

func conflict(key string) error {
	if runes := []rune(key); len(runes) > 80 {
		key = string(runes[:80]) + "…"
	}
	return protocol.Errorf(protocol.CodeInvalidRequest, "idempotencyKey %q was used before with other params: use a new key for a new request", key)
}

// codeOf is the kind of a failure in a word; "" when the node gave none.
func codeOf(err error) string {
	var e *protocol.Error
	if !errors.As(err, &e) {
		return "CANCELLED"
	}
	switch d := e.Details.(type) {
	case *protocol.NodeErrorDetails:
		return string(d.NodeError.V.Code.V)
	case nil:
		if e.Code == protocol.CodeUnavailable {
			return "DISCONNECTED"
		}
	}
	return e.Code
}
