package nodehost

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
)

// Failure is why a command was not carried out, as the gateway is told.
type Failure struct {
	Code    protocol.NodeErrorCode
	Message string
}

// Error gives code and message.
func (f *Failure) Error() string { return string(f.Code) + ": " + f.Message }

func failed(code protocol.NodeErrorCode, message string) *Failure { return &Failure{code, message} }

// invalid is a command that cannot be meant.
func invalid(message string) *Failure { return failed(protocol.NodeErrorCodeInvalidRequest, message) }

// request is what a command is carried out for.
type request struct {
	id      string
	params  []byte        // JSON; nil for none
	timeout time.Duration // how long the gateway waits; 0: it does not say
	late    func()        // called when nobody waited for the answer; nil: nothing is
}

// command carries out one kind of request. What it gives back becomes JSON.
type command func(ctx context.Context, r *request) (any, *Failure)

// table is what the node can do.
func (h *Host) table() map[string]command {
	t := map[string]command{"system.which": h.which, "system.notify": h.notify}
	if h.o.Policy != nil {
		t["system.run"] = h.run
	}
	if h.o.Approvals != nil {
		t["system.execApprovals.get"] = h.approvalsGet
		t["system.execApprovals.set"] = h.approvalsSet
	}
	return t
}

func (h *Host) names() []string { return slices.Sorted(maps.Keys(h.commands)) }

// decode reads a command's params. Members that it does not know are for nodes
// that do.
func decode(r *request, into any) *Failure {
	if len(r.params) == 0 {
		return nil
	}
	if err := json.Unmarshal(r.params, into); err != nil {
		return invalid("params cannot be read: " + err.Error())
	}
	return nil
}
