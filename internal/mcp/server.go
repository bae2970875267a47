package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
)

// Bounds of what a server may say.
const (
	maxTools       = 500
	maxDescription = 8 << 10
	maxSchema      = 256 << 10
)

// server is one server and, while there is one, the connection to it.
type server struct {
	name   string
	key    string // its configuration, to tell changes
	config *protocol.MCPServerConfig
	owner  *Servers

	mu         sync.Mutex
	closed     bool
	connecting chan struct{} // closed when an attempt is over; nil while there is none
	session    *mcp.ClientSession
	list       []llm.Tool
	names      map[string]string // tools' own names by those that models see
	tried      time.Time         // when the last attempt failed
	fault      error
	reached    bool // it was, at some time
}

// connect begins to connect, if that is not done or under way, and did not fail
// just now.
func (x *server) connect() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.closed || x.session != nil || x.connecting != nil || x.fault != nil && time.Since(x.tried) < retryAfter {
		return
	}
	x.connecting = make(chan struct{})
	x.owner.wg.Go(x.attempt)
}

func (x *server) attempt() {
	ctx, cancel := context.WithTimeout(x.owner.ctx, connectTime)
	defer cancel()
	session, list, err := x.dial(ctx)
	x.mu.Lock()
	defer x.mu.Unlock()
	close(x.connecting)
	x.connecting = nil
	if err != nil {
		x.fault, x.tried = err, time.Now()
		x.owner.o.Logger.Warn("an MCP server cannot be used", "server", x.name, "error", err)
		return
	}
	if x.closed {
		x.owner.wg.Go(func() { _ = session.Close() })
		return
	}
	x.session, x.fault, x.reached = session, nil, true
	x.take(list)
	x.owner.wg.Go(func() { x.watch(session) })
}

// dial connects and asks for the tools.
func (x *server) dial(ctx context.Context) (*mcp.ClientSession, []*mcp.Tool, error) {
	transport, err := x.transport()
	if err != nil {
		return nil, nil, err
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "gatesmith-gateway", Version: x.owner.o.Version}, &mcp.ClientOptions{
		Capabilities:           &mcp.ClientCapabilities{},
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) { x.owner.wg.Go(x.refresh) },
	})
	session, err := client.Connect(ctx, transport, nil)
	if err != nil {
		return nil, nil, clean(err)
	}
	list, err := listTools(ctx, session)
	if err != nil {
		_ = session.Close()
		return nil, nil, clean(err)
	}
	return session, list, nil
}

func listTools(ctx context.Context, session *mcp.ClientSession) ([]*mcp.Tool, error) {
	var out []*mcp.Tool
	for t, err := range session.Tools(ctx, nil) {
		if err != nil {
			return nil, err
		}
		if out = append(out, t); len(out) == maxTools {
			break
		}
	}
	return out, nil
}

// take makes the server's tools those of models. The lock is held.
func (x *server) take(list []*mcp.Tool) {
	x.list, x.names = nil, map[string]string{}
	for _, t := range list {
		schema, err := json.Marshal(t.InputSchema)
		if err != nil || len(schema) > maxSchema || t.Name == "" {
			continue
		}
		shown := modelName(x.name + separator + t.Name)
		if _, taken := x.names[shown]; taken {
			continue
		}
		x.names[shown] = t.Name
		x.list = append(x.list, llm.Tool{Name: shown, Description: clip(t.Description, maxDescription), Schema: schema})
	}
}

// modelName leaves what models' providers allow in names of tools: letters,
// digits, - and _, and at most 64 of them.
func modelName(name string) string {
	b := []byte(name)
	for k, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-':
		default:
			b[k] = '_'
		}
	}
	return string(b[:min(len(b), 64)])
}

func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return string([]rune(text[:most])) + "…"
}

// refresh asks for the tools again: the server says that they changed.
func (x *server) refresh() {
	x.mu.Lock()
	session := x.session
	x.mu.Unlock()
	if session == nil {
		return
	}
	ctx, cancel := context.WithTimeout(x.owner.ctx, connectTime)
	defer cancel()
	list, err := listTools(ctx, session)
	if err != nil {
		return // a lost connection is seen by watch
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.session == session {
		x.take(list)
	}
}

// watch forgets a connection that ends.
func (x *server) watch(session *mcp.ClientSession) {
	err := session.Wait()
	_ = session.Close() // ends what the client itself has going
	x.forget(session)
	if x.owner.ctx.Err() == nil {
		x.owner.o.Logger.Warn("the connection to an MCP server ended", "server", x.name, "error", err)
	}
}

// forget gives a connection up that has ended.
func (x *server) forget(session *mcp.ClientSession) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.session == session {
		x.session, x.list = nil, nil
	}
}

// settled waits for an attempt that is under way, but not for long: a server
// that was reached before is likely to be there in a moment.
func (x *server) settled(ctx context.Context, most time.Duration) {
	x.mu.Lock()
	attempt := x.connecting
	x.mu.Unlock()
	if attempt == nil {
		return
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-attempt:
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (x *server) tools(ctx context.Context) []llm.Tool {
	x.settled(ctx, firstWait)
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.list
}

func (x *server) call(ctx context.Context, tool string, args json.RawMessage) (*agent.ToolOutput, error) {
	x.settled(ctx, connectTime)
	x.mu.Lock()
	session, fault := x.session, x.fault
	own, known := x.names[modelName(x.name+separator+tool)]
	x.mu.Unlock()
	switch {
	case session == nil && fault != nil:
		return nil, fmt.Errorf("the MCP server %s cannot be used: %w", x.name, fault)
	case session == nil:
		return nil, fmt.Errorf("the MCP server %s is not connected: try again in a moment", x.name)
	case !known:
		return nil, fmt.Errorf("the MCP server %s has no tool %q", x.name, tool)
	}
	if x.config.TimeoutSeconds.Set {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(x.config.TimeoutSeconds.V)*time.Second)
		defer cancel()
	}
	if len(args) == 0 {
		args = json.RawMessage("{}")
	}
	result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: own, Arguments: args})
	if errors.Is(err, mcp.ErrConnectionClosed) {
		x.forget(session) // the next call finds a new connection
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("the MCP server %s did not answer in time: %w", x.name, context.Cause(ctx))
		}
		return nil, clean(err)
	}
	return output(result), nil
}

// close ends the connection, and the program behind it.
func (x *server) close() {
	x.mu.Lock()
	x.closed = true
	session := x.session
	x.mu.Unlock()
	x.settled(context.Background(), connectTime)
	if session != nil {
		_ = session.Close() // a program that does not end by itself is killed
	}
}

func (x *server) state() State {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := State{Name: x.name, Tools: len(x.list)}
	if x.fault != nil {
		s.Error = x.fault.Error()
	}
	return s
}

var errNoPlace = errors.New("it has neither command nor url: give one of them")
