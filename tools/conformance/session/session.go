// Package session plays the gateway's side of scripted sessions, with which
// clients in any language are tried: it sends what the script says and holds what
// the client sends to what the script expects. docs/conformance.md describes the
// scripts.
package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Script is a session: what client and gateway do in turn.
type Script struct {
	Title string `json:"title"`
	About string `json:"about"`
	Path  string `json:"path"`  // of the gateway's address
	Token string `json:"token"` // the shared secret that the client has
	Steps []Step `json:"steps"`
}

// Step is one thing that happens. Exactly one member is set. The gateway plays
// its own; the others are the client's.
type Step struct {
	Expect json.RawMessage `json:"expect,omitempty"` // the next message of the client
	Send   json.RawMessage `json:"send,omitempty"`   // a message of the gateway
	End    *End            `json:"end,omitempty"`    // the gateway closes the connection
	Drop   bool            `json:"drop,omitempty"`   // the connection is cut
	Closed *End            `json:"closed,omitempty"` // the client closes the connection

	Connect   *Connect  `json:"connect,omitempty"`
	Connected *struct{} `json:"connected,omitempty"`
	Refused   *Failure  `json:"refused,omitempty"`
	Call      *Call     `json:"call,omitempty"`
	Result    *Result   `json:"result,omitempty"`
	Error     *Failure  `json:"error,omitempty"`
	Event     *Event    `json:"event,omitempty"`
	Gap       *Gap      `json:"gap,omitempty"`
	Close     *struct{} `json:"close,omitempty"`
}

// End is how a connection is closed. On the client's side code 0 is any.
type End struct {
	Code   int    `json:"code"`
	Reason string `json:"reason,omitempty"`
}

// Connect has the client begin a connection, and what it is told besides the
// address and the token.
type Connect struct {
	Scopes []string `json:"scopes,omitempty"`
}

// Call has the client begin a call, which later steps know by a name.
type Call struct {
	As     string          `json:"as"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

// Result is what a call gives: the members that matter.
type Result struct {
	Of    string          `json:"of"`
	Value json.RawMessage `json:"value"`
}

// Failure is how a call or a connection fails: with an error of the gateway, or
// for a reason of the client's own.
type Failure struct {
	Of        string          `json:"of,omitempty"`
	Code      string          `json:"code,omitempty"`
	Message   string          `json:"message,omitempty"`
	Retryable *bool           `json:"retryable,omitempty"`
	Details   json.RawMessage `json:"details,omitempty"`
	Reason    string          `json:"reason,omitempty"` // connection-lost
}

// Event is the next event that the client hears of: the members that matter.
type Event struct {
	Name    string          `json:"name"`
	Payload json.RawMessage `json:"payload"`
}

// Gap is the next report of missing events.
type Gap struct {
	Expected int64 `json:"expected"`
	Got      int64 `json:"got"`
}

// Read reads a script. A misspelt step is a fault, not one that is left out.
func Read(path string) (*Script, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var s Script
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i, st := range s.Steps {
		if n := st.members(); n != 1 {
			return nil, fmt.Errorf("%s: step %d is %d things: expected one", path, i+1, n)
		}
	}
	if len(s.Steps) == 0 || s.Path == "" {
		return nil, fmt.Errorf("%s has no steps or no path", path)
	}
	return &s, nil
}

func (st *Step) members() int {
	n := 0
	for _, is := range []bool{st.Expect != nil, st.Send != nil, st.End != nil, st.Drop, st.Closed != nil, st.Connect != nil, st.Connected != nil,
		st.Refused != nil, st.Call != nil, st.Result != nil, st.Error != nil, st.Event != nil, st.Gap != nil, st.Close != nil} {
		if is {
			n++
		}
	}
	return n
}
