package approvals

import (
	"context"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// invoker is the way to a node that keeps a file.
type invoker func(nodeID, command string, params []byte) ([]byte, error)

func (f invoker) Invoke(_ context.Context, nodeID, command string, params []byte) ([]byte, error) {
	return f(nodeID, command, params)
}

func TestFileOfTheGateway(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	defer w.close()
	got, err := w.ExecApprovalsGet(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &protocol.ExecApprovalsSetParams{}
	if _, err := w.ExecApprovalsSet(t.Context(), p); refusal(err) != "INVALID_REQUEST: exec approvals base hash required; re-run exec.approvals.get and retry" {
		t.Error(err)
	}
	p.BaseHash = wire.Some("stale")
	if _, err := w.ExecApprovalsSet(t.Context(), p); refusal(err) != "INVALID_REQUEST: exec approvals changed since last load; re-run exec.approvals.get and retry" {
		t.Error(err)
	}
	p.BaseHash = wire.Some(got.Hash)
	p.File.Defaults = wire.Some(protocol.ExecApprovalsDefaults{Security: wire.Some(protocol.ExecSecurityFull)})
	set, err := w.ExecApprovalsSet(t.Context(), p)
	if err != nil || set.File.Defaults.V.Security.V != protocol.ExecSecurityFull {
		t.Errorf("%+v, %v", set, err)
	}
}

func TestFileOfANode(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	defer w.close()
	if _, err := w.ExecApprovalsNodeGet(t.Context(), &protocol.ExecApprovalsNodeGetParams{NodeID: " "}); refusal(err) != "INVALID_REQUEST: nodeId required" {
		t.Error(err)
	}
	away := `{"nodeError":{"code":"NOT_CONNECTED","message":"node not connected"}}`
	for name, nodes := range map[string]Invoker{"none at all": nil, "one that is away": invoker(func(string, string, []byte) ([]byte, error) {
		e := protocol.Errorf(protocol.CodeUnavailable, "node not connected")
		e.Details = wire.Raw(`{"code":"NOT_CONNECTED"}`)
		return nil, e
	})} {
		w.Service.o.Nodes = nodes
		_, err := w.ExecApprovalsNodeGet(t.Context(), &protocol.ExecApprovalsNodeGetParams{NodeID: "n1"})
		if e, ok := err.(*protocol.Error); !ok || e.Message != "node not connected" || string(e.Details.AppendJSON(nil)) != away {
			t.Errorf("%s: %v", name, err)
		}
	}
	var asked []string
	answer := `{"path":"/p","exists":true,"hash":"h","file":{"version":1,"socket":{"path":"/s","token":"t0ken"}}}`
	w.Service.o.Nodes = invoker(func(nodeID, command string, params []byte) ([]byte, error) {
		asked = append(asked, nodeID+" "+command+" "+string(params))
		return []byte(answer), nil
	})
	got, err := w.ExecApprovalsNodeGet(t.Context(), &protocol.ExecApprovalsNodeGetParams{NodeID: "n1"})
	if err != nil || got.Hash != "h" || strings.Contains(string(got.AppendJSON(nil)), "t0ken") {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := w.ExecApprovalsNodeSet(t.Context(), &protocol.ExecApprovalsNodeSetParams{NodeID: "n1", BaseHash: wire.Some("h")}); err != nil {
		t.Error(err)
	}
	if want := `n1 system.execApprovals.set {"file":{"version":1},"baseHash":"h"}`; len(asked) != 2 || asked[1] != want {
		t.Errorf("%q, want %q", asked, want)
	}
	answer = `{"path":"/p","exists":true,"hash":"h","file":{"version":1,"agents":{"helper":{"security":"full"}}}}`
	if r, err := w.NodeRules(t.Context(), "n1", "helper"); err != nil || r.Security != protocol.ExecSecurityFull {
		t.Errorf("%+v, %v", r, err)
	}
	answer = `{"ok":true}`
	if _, err := w.ExecApprovalsNodeGet(t.Context(), &protocol.ExecApprovalsNodeGetParams{NodeID: "n1"}); !strings.Contains(refusal(err), "is not its exec-approvals file") {
		t.Error(err)
	}
}
