package approvals

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/store/postgrestest"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/server"
)

func TestMain(m *testing.M) { postgrestest.Main(m, 30) }

// world is what a service lives in; it outlives the service.
type world struct {
	testing.TB
	*Service
	o     Options
	store *store.Store

	mu        sync.Mutex
	requested []*protocol.ExecApprovalRequested // to all
	resolved  []*protocol.ExecApprovalResolved
	sent      map[string][]*protocol.ExecApprovalRequested // to one connection
	heard     chan struct{}                                // signalled by each question
}

func newWorld(tb testing.TB, so store.Options) *world {
	tb.Helper()
	st, err := store.Open(tb.Context(), so)
	if err != nil {
		tb.Fatal(err)
	}
	w := &world{TB: tb, store: st, sent: map[string][]*protocol.ExecApprovalRequested{}, heard: make(chan struct{}, 10_000)}
	w.o = Options{Store: st, Events: w, Path: filepath.Join(tb.TempDir(), "exec-approvals.json")}
	w.restart()
	return w
}

// restart ends the process, as it were, and begins another.
func (w *world) restart() {
	w.Helper()
	w.Service = New(w.o)
	if err := w.Start(w.Context()); err != nil {
		w.Fatal(err)
	}
}

func (w *world) close() {
	if err := w.store.Close(); err != nil {
		w.Errorf("Close: %v", err)
	}
}

func (w *world) Publish(_ context.Context, e protocol.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch p := e.Payload.(type) {
	case *protocol.ExecApprovalRequested:
		w.requested = append(w.requested, p)
		w.heard <- struct{}{}
	case *protocol.ExecApprovalResolved:
		w.resolved = append(w.resolved, p)
	}
}

func (w *world) PublishTo(conn string, e protocol.Event) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent[conn] = append(w.sent[conn], e.Payload.(*protocol.ExecApprovalRequested))
	return true
}

// operator is somebody who is connected.
func operator(conn string) *server.Peer {
	return &server.Peer{ConnID: conn, Role: protocol.RoleOperator, Scopes: []string{"operator.approvals"},
		Grant: protocol.GrantOf(protocol.RoleOperator, []string{"operator.approvals"}), Client: protocol.ConnectClient{ID: conn}}
}

// outcome is what came of a question.
type outcome struct {
	*protocol.ExecApprovalRequestResult
	err error
}

// request asks over a connection, and gives the outcome once it is there. The
// question is out when this returns, or it failed.
func (w *world) request(ctx context.Context, conn string, p *protocol.ExecApprovalRequestParams) <-chan outcome {
	w.Helper()
	out := make(chan outcome, 1)
	go func() {
		r, err := w.ExecApprovalRequest(server.WithPeer(ctx, operator(conn)), p)
		out <- outcome{r, err}
	}()
	select {
	case <-w.heard:
	case o := <-out:
		out <- o
	}
	return out
}

func (w *world) resolve(conn, id string, d protocol.ExecDecision) error {
	_, err := w.ExecApprovalResolve(server.WithPeer(w.Context(), operator(conn)), &protocol.ExecApprovalResolveParams{ID: id, Decision: d})
	return err
}

func refusal(err error) string {
	var e *protocol.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprint(err)
}

// engines runs a test on both databases.
func engines(t *testing.T, f func(t *testing.T, w *world)) {
	for name, options := range map[string]func(*testing.T) store.Options{
		"SQLite":     func(t *testing.T) store.Options { return store.Options{Dir: t.TempDir()} },
		"PostgreSQL": func(t *testing.T) store.Options { return store.Options{URL: postgrestest.URL(t)} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, options(t))
			defer w.close()
			f(t, w)
		})
	}
}

func uname(id string) *protocol.ExecApprovalRequestParams {
	return &protocol.ExecApprovalRequestParams{ID: wire.Some(id), Command: "uname -a", CommandArgv: []string{"uname", "-a"}, NodeID: wire.Some("n1"),
		TimeoutMs: wire.Some(time.Minute.Milliseconds())}
}

// serverContext is that of a request of somebody who decides.
func serverContext(tb testing.TB) context.Context {
	return server.WithPeer(tb.Context(), operator("decides"))
}
