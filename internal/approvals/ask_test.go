package approvals

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

func TestQuestionAndDecision(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		asked := w.request(t.Context(), "asks", &protocol.ExecApprovalRequestParams{ID: wire.Some("ap-1"), Command: "sleep 1"})
		got := string(w.requested[0].AppendJSON(nil))
		want := `{"command":"sleep 1","cwd":null,"host":null,"security":null,"ask":null,"agentId":null,"resolvedPath":null,"sessionKey":null}`
		if !strings.Contains(got, want) {
			t.Errorf("%s, want in it %s", got, want)
		}
		for _, c := range []struct{ conn, id, decision, want string }{
			{"decides", "ap-1", "bogus", "INVALID_REQUEST: invalid decision"},
			{"decides", "ap-2", "deny", "INVALID_REQUEST: unknown approval id"},
			{"asks", "ap-1", "allow-once", "INVALID_REQUEST: an approval is for somebody else to decide than who asked for it"},
			{"decides", "ap-1", "allow-once", "<nil>"},
			{"decides", "ap-1", "deny", "INVALID_REQUEST: unknown approval id"},
		} {
			if got := refusal(w.resolve(c.conn, c.id, protocol.ExecDecision(c.decision))); got != c.want {
				t.Errorf("%s says %s to %s: %s, want %s", c.conn, c.decision, c.id, got, c.want)
			}
		}
		o := <-asked
		if o.err != nil || o.Decision.V != protocol.ExecDecisionAllowOnce || o.ID != "ap-1" || int64(o.ExpiresAtMs)-int64(o.CreatedAtMs) != 120_000 {
			t.Errorf("%+v", o)
		}
		if len(w.resolved) != 1 || w.resolved[0].ResolvedBy.V != "decides" || w.resolved[0].ID != "ap-1" {
			t.Errorf("%+v", w.resolved)
		}
	})
}

// What works for an agent has no connection of an operator's.
func TestNoAgentDecides(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	defer w.close()
	asked := make(chan error, 1)
	go func() {
		_, err := w.Ask(t.Context(), "", Question{ID: "ap-1", Details: protocol.ExecApprovalDetails{Command: "x"}})
		asked <- err
	}()
	<-w.heard
	node := operator("node")
	node.Role = protocol.RoleNode
	for name, ctx := range map[string]context.Context{"a tool": t.Context(), "a node": server.WithPeer(t.Context(), node)} {
		if _, err := w.ExecApprovalResolve(ctx, &protocol.ExecApprovalResolveParams{ID: "ap-1", Decision: "allow-once"}); err != errOwn {
			t.Errorf("%s decided: %v", name, err)
		}
	}
	if err := w.resolve("decides", "ap-1", "deny"); err != nil {
		t.Error(err)
	}
	if err := <-asked; err != nil {
		t.Error(err)
	}
}

func TestTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, store.Options{Dir: t.TempDir()})
		defer w.close()
		began := time.Now()
		asked := w.request(t.Context(), "asks", &protocol.ExecApprovalRequestParams{ID: wire.Some("ap-1"), Command: "x", TimeoutMs: wire.Some(int64(800))})
		if got := w.request(t.Context(), "asks", &protocol.ExecApprovalRequestParams{ID: wire.Some("ap-1"), Command: "x"}); refusal((<-got).err) != "INVALID_REQUEST: approval id already pending" {
			t.Error("a second question of that id was taken")
		}
		o := <-asked
		if o.err != nil || o.Decision.Valid || time.Since(began) != 800*time.Millisecond {
			t.Errorf("%+v after %s", o, time.Since(began))
		}
		if got := refusal(w.resolve("decides", "ap-1", "allow-once")); got != "INVALID_REQUEST: unknown approval id" {
			t.Error(got)
		}
		if len(w.waiting) != 0 || len(w.resolved) != 0 {
			t.Errorf("left: %v, told: %v", w.waiting, w.resolved)
		}
	})
}

func TestTwoApproversGiveOneDecision(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for round := range 20 {
			id := fmt.Sprint("ap-", round)
			asked := w.request(t.Context(), "asks", uname(id))
			var approvers sync.WaitGroup
			var mu sync.Mutex
			var won []protocol.ExecDecision
			for k := range 8 {
				decision := []protocol.ExecDecision{"allow-once", "allow-always", "deny"}[k%3]
				approvers.Go(func() {
					err := w.resolve(fmt.Sprint("approver-", k), id, decision)
					if err == nil {
						mu.Lock()
						won = append(won, decision)
						mu.Unlock()
					} else if err != error(errUnknown) {
						t.Error(err)
					}
				})
			}
			approvers.Wait()
			o := <-asked
			if len(won) != 1 || o.err != nil || o.Decision.V != won[0] {
				t.Fatalf("won: %v; the answer is %+v", won, o)
			}
		}
		if len(w.resolved) != 20 {
			t.Errorf("%d decisions were told", len(w.resolved))
		}
	})
}

func TestApproversWhoComeLaterSeeWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, store.Options{Dir: t.TempDir()})
		defer w.close()
		for k, timeout := range []int64{60_000, 60_000, 1000} {
			p := uname(fmt.Sprint("ap-", k))
			p.TimeoutMs = wire.Some(timeout)
			p.Env = map[string]string{"TOKEN": "s3cret"}
			asked := w.request(t.Context(), "asks", p)
			defer func() { <-asked }()
			time.Sleep(time.Millisecond) // of the bubble
		}
		if err := w.resolve("first", "ap-0", "deny"); err != nil {
			t.Fatal(err)
		}
		see := func(conn string, scopes ...string) (ids []string) {
			p := operator(conn)
			p.Grant = protocol.GrantOf(protocol.RoleOperator, scopes)
			w.Opened(p)
			for _, e := range w.sent[conn] {
				ids = append(ids, e.ID)
			}
			return ids
		}
		if got := fmt.Sprint(see("second", "operator.approvals")); got != "[ap-1 ap-2]" {
			t.Errorf("sees %s", got)
		}
		if got := w.sent["second"]; len(got) > 0 && got[0].Request.Env["TOKEN"] != "s3cret" {
			t.Error("who decides does not see what the command would get")
		}
		if got := see("reader", "operator.read", "operator.write"); len(got) != 0 {
			t.Errorf("a reader sees %v", got)
		}
		time.Sleep(2 * time.Second) // of the bubble
		if got := fmt.Sprint(see("third", "operator.admin")); got != "[ap-1]" {
			t.Errorf("sees %s", got)
		}
		if err := w.resolve("third", "ap-1", "allow-once"); err != nil {
			t.Error(err)
		}
	})
}

func TestQuestionsOutliveConnectionsAndTheProcess(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ask := func(ctx context.Context, id string) <-chan outcome {
			p := uname(id)
			p.Env = map[string]string{"A": "b"}
			return w.request(ctx, "asks", p)
		}
		leave := func(id string) {
			ctx, hangUp := context.WithCancel(t.Context())
			asked := ask(ctx, id)
			hangUp()
			if o := <-asked; o.err != context.Canceled {
				t.Fatalf("%+v", o)
			}
		}
		leave("waits")
		leave("decided")
		if err := w.resolve("decides", "decided", "allow-once"); err != nil {
			t.Fatal(err)
		}
		w.restart()

		w.Opened(operator("decides"))
		if sent := w.sent["decides"]; len(sent) != 1 || sent[0].ID != "waits" || sent[0].Request.Env["A"] != "b" || sent[0].Request.Command != "uname -a" {
			t.Fatalf("%+v", sent)
		}
		// The same id for another command is not the same question.
		if _, err := w.Ask(t.Context(), "asks", Question{ID: "waits"}); err != error(errPending) {
			t.Errorf("joined with another command: %v", err)
		}
		// Who asks again waits for the same decision, and nobody is asked twice.
		joined := make(chan outcome, 1)
		again := uname("waits")
		again.Env = map[string]string{"A": "b"}
		entered := make(chan struct{})
		go func() {
			answer, err := w.Ask(t.Context(), "again", Question{ID: "waits", Command: exact(command(again)), Told: func(string, int64) { close(entered) }})
			if err != nil {
				joined <- outcome{err: err}
				return
			}
			joined <- outcome{&protocol.ExecApprovalRequestResult{Decision: wire.Value(answer.Decision)}, nil}
		}()
		<-entered
		if err := w.resolve("decides", "waits", "deny"); err != nil {
			t.Fatal(err)
		}
		if o := <-joined; o.err != nil || o.Decision.V != "deny" {
			t.Errorf("%+v", o)
		}
		if len(w.requested) != 2 {
			t.Errorf("asked %d times", len(w.requested))
		}
		// The decision that came while nobody waited is given once.
		p := uname("decided")
		p.Env = map[string]string{"A": "b"}
		if r, err := w.ExecApprovalRequest(server.WithPeer(t.Context(), operator("again")), p); err != nil || r.Decision.V != "allow-once" {
			t.Fatalf("%+v, %v", r, err)
		}
		ctx, hangUp := context.WithCancel(t.Context())
		second := ask(ctx, "decided")
		if len(w.requested) != 3 {
			t.Error("a decision was given twice")
		}
		hangUp()
		<-second
	})
}

// A run that ends, or that the process ends, does not come back.
func TestQuestionsOfRunsEndWithThem(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	defer w.close()
	ask := func(ctx context.Context, id string) <-chan error {
		out := make(chan error, 1)
		go func() {
			_, err := w.Ask(ctx, "", Question{ID: id, Details: protocol.ExecApprovalDetails{Command: "x", RunID: wire.Some("run"), Env: map[string]string{"TOKEN": "s3cret"}}})
			out <- err
		}()
		<-w.heard
		return out
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped := ask(ctx, "stopped")
	stop()
	if err := <-stopped; err != context.Canceled {
		t.Error(err)
	}
	if got := w.resolve("decides", "stopped", "allow-once"); got != error(errUnknown) {
		t.Errorf("a question whose run ended was decided: %v", got)
	}
	if strings.Contains(w.dump(), "s3cret") {
		t.Error("its variables are kept")
	}
	ctx, kill := context.WithCancel(t.Context())
	killed := ask(ctx, "killed")
	before := w.Service
	w.restart()
	w.Opened(operator("decides"))
	if len(w.sent["decides"]) != 0 {
		t.Errorf("after a restart %v waits", w.sent)
	}
	kill()
	<-killed
	if len(before.waiting) != 0 {
		t.Error("it waits still")
	}
}

// command is what a question is about.
func command(p *protocol.ExecApprovalRequestParams) policy.Command {
	return policy.Command{Argv: p.CommandArgv, Raw: p.Command, Env: p.Env, Node: p.NodeID.V}
}

func TestTooMany(t *testing.T) {
	w := newWorld(t, store.Options{Dir: t.TempDir()})
	defer w.close()
	ctx, hangUp := context.WithCancel(t.Context())
	var all []<-chan outcome
	for k := range maxWaiting {
		all = append(all, w.request(ctx, "asks", uname(fmt.Sprint(k))))
	}
	if o := <-w.request(ctx, "asks", uname("more")); o.err != error(errFull) {
		t.Errorf("%+v", o)
	}
	long := uname("long")
	long.Env = map[string]string{"A": strings.Repeat("x", maxQuestion)}
	if o := <-w.request(ctx, "asks", long); o.err != error(errLarge) {
		t.Errorf("%+v", o)
	}
	hangUp()
	for _, o := range all {
		<-o
	}
}

// Variables may hold secrets: they are for those to see who decide, while they do.
func TestVariablesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, store.Options{Dir: t.TempDir()})
		defer w.close()
		var log bytes.Buffer
		w.o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		w.restart()
		for _, id := range []string{"decided", "expired"} {
			p := uname(id)
			p.Env, p.TimeoutMs = map[string]string{"TOKEN": "s3cret"}, wire.Some(int64(1000))
			asked := w.request(t.Context(), "asks", p)
			if !strings.Contains(w.dump(), "s3cret") {
				t.Fatal("the test looks in the wrong place")
			}
			if id == "decided" {
				if err := w.resolve("decides", id, "allow-always"); err != nil {
					t.Fatal(err)
				}
			}
			<-asked
			w.restart()
			if strings.Contains(w.dump(), "s3cret") {
				t.Errorf("%s: the variables are kept", id)
			}
		}
		for _, e := range w.resolved {
			if strings.Contains(string(e.AppendJSON(nil)), "s3cret") {
				t.Error("a decision tells of variables")
			}
		}
		if strings.Contains(log.String(), "s3cret") || !strings.Contains(log.String(), "decided") {
			t.Errorf("the log says %s", log.String())
		}
	})
}

// dump is all that is kept of questions.
func (w *world) dump() (all string) {
	err := w.store.Read(w.Context(), func(q store.Querier) error {
		rows, err := q.QueryContext(w.Context(), `SELECT request || ' ' || env FROM exec_approvals`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return err
			}
			all += text + "\n"
		}
		return rows.Err()
	})
	if err != nil {
		w.Error(err)
	}
	return all
}
