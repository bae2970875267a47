package client

import (
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// Phase is where a client stands.
type Phase uint8

// The phases. A client goes from Idle to Connected or Ended, then back and
// forth between Connected and Disconnected with Reconnecting, and to Ended.
const (
	// Idle: Connect has not succeeded yet.
	Idle Phase = iota
	// Connected: the gateway accepted the handshake.
	Connected
	// Disconnected: a connection ended; State.Cause says why.
	Disconnected
	// Reconnecting: the next attempt comes after State.Delay; State.Cause is
	// why the last one, or the connection, failed.
	Reconnecting
	// Ended: the client will not connect again; State.Cause says why.
	Ended
)

var phaseNames = [...]string{"idle", "connected", "disconnected", "reconnecting", "ended"}

// String gives the phase in lower case.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "unknown"
}

// State is a change of a client's connection.
type State struct {
	Phase   Phase
	Hello   *protocol.HelloOk // what the gateway greeted with, when Connected; not to be changed
	Cause   error             // why, when not Connected
	Attempt int               // which attempt comes next, from 1, when Reconnecting
	Delay   time.Duration     // how long until then
}
