package approvals

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// decided asks for a command and has somebody decide.
func (w *world) decided(p *protocol.ExecApprovalRequestParams, d protocol.ExecDecision) {
	w.Helper()
	asked := w.request(w.Context(), "asks", p)
	if err := w.resolve("decides", p.ID.V, d); err != nil {
		w.Fatal(err)
	}
	if o := <-asked; o.err != nil {
		w.Fatal(o.err)
	}
}

func TestClear(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	defer w.close()
	w.decided(uname("once"), "allow-once")
	w.decided(uname("always"), "allow-always")
	w.decided(uname("no"), "deny")
	words := &protocol.ExecApprovalRequestParams{ID: wire.Some("words"), Command: "uname -a", NodeID: wire.Some("n1")}
	w.decided(words, "allow-once")
	for _, c := range []struct{ node, params, want string }{
		{"n1", `{"command":["uname","-a"],"timeoutMs":5}`, `{"command":["uname","-a"],"timeoutMs":5}`},
		{"n1", `{"command":["uname"],"approved":true,"approvalDecision":null}`, `{"command":["uname"]}`},
		{"n1", `{"command":["uname"],"runId":"a run that is none"}`, `{"command":["uname"],"runId":"a run that is none"}`},
		{"n1", `{"command":["a"],"command":["b"]}`, `{"command":["b"]}`},
		{"n1", `{"command":["uname"],"approvalDecision":"allow-once"}`, `approvalDecision is not a caller's to say`},
		{"n1", `{"Command":["rm"],"command":["uname"]}`, `it has "Command": want command`},
		{"n1", `{"command":["uname"],"ENV":{"PATH":"/x"}}`, `it has "ENV": want env`},
		{"n1", `{"command":["rm"],"rawCommand":"ls"}`, `rawCommand says something else`},
		{"n1", `{"command":["sh","-lc","ls | wc"],"rawCommand":"ls | wc"}`, `{"command":["sh","-lc","ls | wc"],"rawCommand":"ls | wc"}`},
		{"n1", `{"command":"uname -a"}`, `command is not right`},
		{"n1", `{"command":[]}`, `command is missing`},
		{"n1", `{"command":["uname"],"env":{"A":1}}`, `env is not right`},
		{"n1", `[]`, `its params are no object`},
		{"n1", `null`, `its params are no object`},
		{"n1", `{"command":["uname"],"runId":7}`, `runId is no text`},
		{"n1", `{"command":["uname","-a"],"runId":"no"}`, `was denied`},
		{"n1", `{"command":["uname","-a"],"runId":"words"}`, `is for another command`},
		{"n2", `{"command":["uname","-a"],"runId":"once"}`, `is for another command`},
		{"n1", `{"command":["uname","-a"],"runId":"once","agentId":"other"}`, `is for another command`},
		{"n1", `{"command":["uname","-a"],"runId":"once"}`, `{"approvalDecision":"allow-once","command":["uname","-a"],"runId":"once"}`},
		{"n1", `{"command":["uname","-a"],"runId":"once"}`, `was used before`},
		{"n1", `{"command":["uname","-a"],"rawCommand":"uname -a","runId":"always"}`, `{"approvalDecision":"allow-always","command":["uname","-a"],"rawCommand":"uname -a","runId":"always"}`},
	} {
		got, err := w.Clear(t.Context(), c.node, []byte(c.params))
		if err != nil {
			got = []byte(refusal(err))
		}
		if strings.HasPrefix(c.want, "{") && string(got) != c.want || !strings.Contains(string(got), c.want) {
			t.Errorf("%s on %s: %s, want %s", c.params, c.node, got, c.want)
		}
	}
}

func TestGuard(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	defer w.close()
	for _, command := range []string{"system.execApprovals.get", "system.execApprovals.set"} {
		if _, err := w.Guard(t.Context(), "n1", command, nil); refusal(err) != "INVALID_REQUEST: node command not allowed" {
			t.Errorf("%s: %v", command, err)
		}
	}
	if _, err := w.Guard(t.Context(), "n1", "system.run", []byte(`{"command":["x"],"approvalDecision":"allow-once"}`)); err == nil {
		t.Error("somebody approves for himself")
	}
	if got, err := w.Guard(t.Context(), "n1", "camera.snap", []byte(`{"approvalDecision":1}`)); err != nil || string(got) != `{"approvalDecision":1}` {
		t.Errorf("%s, %v", got, err)
	}
}

func TestApprovalsAgeAndRunOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, store.Options{Dir: t.TempDir()})
		defer w.close()
		clear := func(id string) string {
			got, err := w.Clear(t.Context(), "n1", []byte(`{"command":["uname","-a"],"runId":"`+id+`"}`))
			if err != nil {
				return refusal(err)
			}
			return string(got)
		}
		w.decided(uname("old"), "allow-once")
		waits := w.request(t.Context(), "asks", uname("waits"))
		if got := clear("waits"); !strings.Contains(got, "still waits") {
			t.Error(got)
		}
		short := uname("short")
		short.TimeoutMs = wire.Some(int64(100))
		<-w.request(t.Context(), "asks", short)
		<-waits
		if got := clear("short"); !strings.Contains(got, "nobody decided") {
			t.Errorf("a question of a moment: %s", got)
		}
		if got := clear("waits"); !strings.Contains(got, `"approvalDecision":"timeout"`) {
			t.Error(got)
		}
		if got := clear("waits"); !strings.Contains(got, "was used before") {
			t.Error(got)
		}
		time.Sleep(goodFor) // of the bubble
		if got := clear("old"); !strings.Contains(got, "too old") {
			t.Error(got)
		}
		time.Sleep(keptFor)
		w.restart()
		if got := clear("old"); strings.Contains(got, "approvalDecision") || w.dump() != "" {
			t.Errorf("%s; kept: %s", got, w.dump())
		}
	})
}

// Whatever is changed in a command after somebody allowed it, it does not run by
// that; and what was allowed runs once, however many try.
func TestNothingElseRunsByAnApproval(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	defer w.close()
	word := rapid.StringMatching(`[ab $'"\\]{0,3}`)
	type run struct {
		Command []string          `json:"command"`
		Cwd     string            `json:"cwd,omitempty"`
		Env     map[string]string `json:"env,omitempty"`
		AgentID string            `json:"agentId,omitempty"`
		RunID   string            `json:"runId,omitempty"`
	}
	runs := rapid.Custom(func(t *rapid.T) run {
		argv := append([]string{rapid.StringMatching(`[ab]{1,2}`).Draw(t, "program")}, rapid.SliceOfN(word, 0, 3).Draw(t, "args")...)
		return run{Command: argv, Cwd: word.Draw(t, "cwd"), Env: rapid.MapOfN(word, word, 0, 2).Draw(t, "env"), AgentID: word.Draw(t, "agent")}
	})
	same := func(a, b run) bool {
		return slices.Equal(a.Command, b.Command) && a.Cwd == b.Cwd && maps.Equal(a.Env, b.Env) && a.AgentID == b.AgentID
	}
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		id := fmt.Sprint("ap-", n)
		asked, node := runs.Draw(t, "asked"), rapid.SampledFrom([]string{"n1", "n2"}).Draw(t, "node")
		w.decided(&protocol.ExecApprovalRequestParams{ID: wire.Some(id), Command: "what somebody calls it", CommandArgv: asked.Command, Cwd: wire.SomeOrNull(asked.Cwd),
			Env: asked.Env, NodeID: wire.Some(node), AgentID: wire.SomeOrNull(asked.AgentID)}, "allow-once")
		try := func(on string, r run) bool {
			r.RunID = id
			params, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := w.Clear(context.Background(), on, params)
			return err == nil && strings.Contains(string(got), `"approvalDecision":"allow-once"`)
		}
		other := runs.Draw(t, "other")
		if rapid.Bool().Draw(t, "little") { // all but one thing is the same
			whole := other
			other = run{Command: asked.Command, Cwd: asked.Cwd, Env: asked.Env, AgentID: asked.AgentID}
			switch rapid.IntRange(0, 4).Draw(t, "thing") {
			case 0:
				other.Command = whole.Command
			case 1:
				other.Cwd = whole.Cwd
			case 2:
				other.Env = whole.Env
			case 3:
				other.AgentID = whole.AgentID
			case 4:
				other.Command = append(slices.Clone(asked.Command[:len(asked.Command)-1]), asked.Command[len(asked.Command)-1]+" ")
			}
		}
		if !same(asked, other) && try(node, other) {
			t.Fatalf("asked for %q, ran %q", asked, other)
		}
		if elsewhere := map[string]string{"n1": "n2", "n2": "n1"}[node]; try(elsewhere, asked) {
			t.Fatal("ran on another node")
		}
		var mu sync.Mutex
		ran := 0
		var callers sync.WaitGroup
		for range 4 {
			callers.Go(func() {
				if try(node, asked) {
					mu.Lock()
					ran++
					mu.Unlock()
				}
			})
		}
		callers.Wait()
		if ran != 1 {
			t.Fatalf("%q ran %d times", asked, ran)
		}
	})
}

func TestAllowAlways(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	defer w.close()
	for _, c := range []struct {
		id, program, host, note string
		node                    wire.Opt[string]
	}{
		{id: "here", program: "/usr/bin/uname", host: "gateway"},
		{id: "shell", program: "/bin/sh", host: "gateway", note: "/bin/sh is not put on the allow-list: it runs other programs, so that allowing it would allow everything"},
		{id: "unknown", host: "gateway", note: "the request does not say which program it is that would run"},
		{id: "node", program: "/usr/bin/rm", host: "node", node: wire.Some("n1")},
	} {
		p := &protocol.ExecApprovalRequestParams{ID: wire.Some(c.id), Command: "x", ResolvedPath: wire.SomeOrNull(c.program), AgentID: wire.SomeOrNull("helper"),
			Host: wire.SomeOrNull(protocol.ExecApprovalRequestParamsHost(c.host)), NodeID: c.node}
		asked := w.request(t.Context(), "asks", p)
		r, err := w.ExecApprovalResolve(serverContext(t), &protocol.ExecApprovalResolveParams{ID: c.id, Decision: "allow-always"})
		if err != nil || r.Note.V != c.note {
			t.Errorf("%s: %+v, %v", c.id, r, err)
		}
		if o := <-asked; o.Decision.V != protocol.ExecDecisionAllowAlways {
			t.Errorf("%s: %+v", c.id, o)
		}
	}
	rules, err := policy.Open(w.o.Path).Rules("helper")
	if err != nil || len(rules.Allowlist) != 1 || rules.Allowlist[0].Pattern != "/usr/bin/uname" {
		t.Errorf("%+v, %v", rules, err)
	}
}
