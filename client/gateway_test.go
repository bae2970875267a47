package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/internal/dialect"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ways are the combinations of path and dialect that have to behave the same.
var ways = []struct {
	name, path string
	dialect    protocol.Dialect
}{
	{"canonical", "/v1/connect", protocol.DialectCanonical},
	{"canonical after a challenge", "/", protocol.DialectCanonical},
	{"field", "/", protocol.DialectField},
	{"field without challenge", "/v1/connect", protocol.DialectField},
}

// voice counts and serves calls that may be repeated, and agent those that
// answer early. A gate holds answers back.
type voice struct {
	protocol.UnimplementedVoice
	gate chan struct{}
	seen chan []string
}

func (v voice) VoicewakeGet(ctx context.Context, _ *protocol.VoicewakeGetParams) (*protocol.VoicewakeTriggers, error) {
	return v.wait(ctx, []string{"computer"})
}

func (v voice) VoicewakeSet(ctx context.Context, p *protocol.VoicewakeSetParams) (*protocol.VoicewakeTriggers, error) {
	return v.wait(ctx, p.Triggers)
}

func (v voice) wait(ctx context.Context, triggers []string) (*protocol.VoicewakeTriggers, error) {
	if v.seen != nil {
		v.seen <- triggers
	}
	if v.gate != nil {
		select {
		case <-v.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return &protocol.VoicewakeTriggers{Triggers: triggers}, nil
}

type agent struct{ protocol.UnimplementedAgent }

func (agent) Agent(_ context.Context, p *protocol.AgentParams, accept func(*protocol.AgentAccepted)) (*protocol.AgentResult, error) {
	if p.Message == "fail" {
		return nil, protocol.Errorf(protocol.CodeAgentTimeout, "no answer")
	}
	accept(&protocol.AgentAccepted{RunID: p.IdempotencyKey, AcceptedAt: 7})
	return &protocol.AgentResult{RunID: p.IdempotencyKey, Summary: "completed"}, nil
}

// admin lets everyone in with every right.
func admin(_ context.Context, a *server.Attempt) (*server.Admission, error) {
	return &server.Admission{Role: a.Role, Scopes: []string{"operator.admin"},
		Auth: &protocol.HelloAuth{Role: a.Role.String(), Scopes: []string{"operator.admin"}}}, nil
}

func options(o server.Options) server.Options {
	if o.Admit == nil {
		o.Admit = server.AdmitFunc(admin)
	}
	if o.Handlers == nil {
		o.Handlers = &protocol.Handlers{Voice: voice{}, Agent: agent{}}
	}
	o.Adapter = dialect.Adapter{}
	return o
}

// start runs a gateway on a loopback socket until the test ends.
func start(t *testing.T, o server.Options) (*server.Server, string) {
	t.Helper()
	s := server.New(options(o))
	h := httptest.NewServer(s)
	t.Cleanup(func() {
		stop(t, s)
		h.Close()
	})
	return s, "ws" + strings.TrimPrefix(h.URL, "http")
}

func stop(t *testing.T, s *server.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx, "gateway stopping", 0); err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

// dial connects a client that is closed with the test.
func dial(t *testing.T, url string, o client.Options) *client.Client {
	t.Helper()
	c := fresh(t, url, o)
	if err := c.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// fresh makes a client that is closed with the test.
func fresh(t *testing.T, url string, o client.Options) *client.Client {
	t.Helper()
	c, err := client.New(url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, c) })
	return c
}

func shut(t *testing.T, c *client.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := c.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// states gathers a client's changes of state.
func states(c *client.Client) <-chan client.State {
	ch := make(chan client.State, 64)
	c.OnState(func(s client.State) { ch <- s })
	return ch
}

// expect takes the next value, of any channel, within reason.
func expect[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	timer := time.NewTimer(20 * time.Second)
	defer timer.Stop()
	select {
	case v := <-ch:
		return v
	case <-timer.C:
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// scripted runs a gateway of which every message is up to the test.
func scripted(t *testing.T, script func(*peer)) string {
	t.Helper()
	h := httptest.NewServer(scriptHandler(t, script))
	t.Cleanup(h.Close)
	return "ws" + strings.TrimPrefix(h.URL, "http")
}

// scriptHandler is the handler of such a gateway. When the script returns, the
// connection is dropped.
func scriptHandler(t *testing.T, script func(*peer)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: websocket.CompressionDisabled})
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow()
		ws.SetReadLimit(-1)
		script(&peer{t, ws})
	})
}

// peer is the gateway's end of a scripted connection.
type peer struct {
	t  *testing.T
	ws *websocket.Conn
}

func (p *peer) send(text string) {
	// The client may be gone already, which is the test's to notice.
	_ = p.ws.Write(context.Background(), websocket.MessageText, []byte(text))
}

// read gives the next message, or an error when the client is gone.
func (p *peer) read() (map[string]any, error) {
	_, data, err := p.ws.Read(context.Background())
	if err != nil {
		return nil, err
	}
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		p.t.Errorf("%v in %s", err, data)
	}
	return v, nil
}

// wait reads until the client is gone, and gives its close.
func (p *peer) wait() websocket.CloseError {
	for {
		if _, err := p.read(); err != nil {
			var closed websocket.CloseError
			errors.As(err, &closed)
			return closed
		}
	}
}

// hello greets with an interval between ticks.
func (p *peer) hello(tick time.Duration) {
	if _, err := p.read(); err == nil {
		p.send(string(helloOk(tick).AppendJSON(nil)))
	}
}

func helloOk(tick time.Duration) *protocol.HelloOk {
	return &protocol.HelloOk{Protocol: 3, Server: protocol.HelloServer{Version: "v1", ConnID: "conn-1"},
		Policy: protocol.HelloPolicy{MaxPayload: 1 << 20, MaxBufferedBytes: 10 << 20, TickIntervalMs: tick.Milliseconds()}}
}

// pipes is a network inside of the test, so that its time may be faked.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

var errRefused = errors.New("connection refused")

// DialContext connects to whoever accepts.
func (p *pipes) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, errRefused
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// serve runs a handler on the pipes until the test ends.
func (p *pipes) serve(t *testing.T, h http.Handler) {
	t.Helper()
	// Closing the server doesn't wait for connections that were upgraded.
	var handlers sync.WaitGroup
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handlers.Add(1)
		defer handlers.Done()
		h.ServeHTTP(w, r)
	})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(p)
	}()
	t.Cleanup(func() {
		srv.Close()
		<-done
		handlers.Wait()
	})
}
