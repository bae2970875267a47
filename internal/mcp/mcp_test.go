package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// asServer is set where this binary is to be an MCP server instead of a test.
const asServer = "MCP_TEST_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		if err := testServer().Run(context.Background(), &mcp.StdioTransport{}); err != nil && !errors.Is(err, context.Canceled) {
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// testServer is a real server with tools of several kinds.
func testServer() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	type sum struct{ A, B int }
	mcp.AddTool(s, &mcp.Tool{Name: "add", Description: "Adds."}, func(_ context.Context, _ *mcp.CallToolRequest, in sum) (*mcp.CallToolResult, any, error) {
		return nil, map[string]int{"sum": in.A + in.B}, nil
	})
	type none struct{}
	mcp.AddTool(s, &mcp.Tool{Name: "fail"}, func(context.Context, *mcp.CallToolRequest, none) (*mcp.CallToolResult, any, error) {
		return nil, nil, errors.New("it does not work")
	})
	mcp.AddTool(s, &mcp.Tool{Name: "picture"}, func(context.Context, *mcp.CallToolRequest, none) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "look"}, &mcp.ImageContent{MIMEType: "image/png", Data: []byte{1, 2}}}}, nil, nil
	})
	mcp.AddTool(s, &mcp.Tool{Name: "wait.long"}, func(ctx context.Context, _ *mcp.CallToolRequest, _ none) (*mcp.CallToolResult, any, error) {
		<-ctx.Done()
		return nil, nil, ctx.Err()
	})
	mcp.AddTool(s, &mcp.Tool{Name: "environment"}, func(context.Context, *mcp.CallToolRequest, none) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: strings.Join(os.Environ(), "\n")}}}, nil, nil
	})
	mcp.AddTool(s, &mcp.Tool{Name: "exit"}, func(context.Context, *mcp.CallToolRequest, none) (*mcp.CallToolResult, any, error) {
		os.Exit(3)
		return nil, nil, nil
	})
	return s
}

func all(string) bool { return true }

// stdio is the configuration of a server that is this binary.
func stdio() protocol.MCPServerConfig {
	return protocol.MCPServerConfig{Enabled: wire.Opt[bool]{V: true}, Command: wire.Some(os.Args[0]), Env: map[string]string{asServer: "1", "OWN": "given"}}
}

func start(t *testing.T, servers map[string]protocol.MCPServerConfig) *Servers {
	t.Helper()
	return startWith(t, Options{Dir: t.TempDir(), Version: "test"}, servers)
}

func startWith(t *testing.T, o Options, servers map[string]protocol.MCPServerConfig) *Servers {
	t.Helper()
	s := New(o)
	s.Apply(&protocol.MCPConfig{Servers: servers})
	t.Cleanup(s.Close)
	return s
}

func call(t *testing.T, s *Servers, name, args string) (text string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	out, err := s.Call(ctx, llm.ToolCall{ID: "c", Name: name, Arguments: json.RawMessage(args)}, all)
	if err != nil {
		return "", err
	}
	text = out.Text
	if out.IsError {
		text = "error: " + text
	}
	for _, i := range out.Images {
		text += " " + i.MIME
	}
	return text, nil
}

func exercise(t *testing.T, s *Servers) {
	t.Helper()
	var names []string
	for _, tool := range s.Tools(t.Context(), all) {
		names = append(names, tool.Name)
		if !json.Valid(tool.Schema) {
			t.Errorf("schema of %s: %s", tool.Name, tool.Schema)
		}
	}
	slices.Sort(names)
	if want := "x__add x__environment x__exit x__fail x__picture x__wait_long"; strings.Join(names, " ") != want {
		t.Fatalf("tools %q", names)
	}
	for _, c := range [][3]string{
		{"x__add", `{"A":2,"B":3}`, `{"sum":5}`},
		{"x__fail", `{}`, "error: it does not work"},
		{"x__picture", ``, "look image/png"},
	} {
		if got, err := call(t, s, c[0], c[1]); err != nil || got != c[2] {
			t.Errorf("%s: %q, %v, want %q", c[0], got, err, c[2])
		}
	}
	for name, want := range map[string]string{"x__none": `the MCP server x has no tool "none"`, "y__add": `there is no MCP server for the tool "y__add"`} {
		if _, err := call(t, s, name, `{}`); err == nil || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := call(t, s, "x__add", `{"A":"two"}`); err == nil && !strings.HasPrefix(got, "error: ") {
		t.Errorf("wrong arguments gave %q", got)
	}
}

func TestStdio(t *testing.T) {
	t.Setenv("ANTHROPIC_API_KEY", "canary")
	s := start(t, map[string]protocol.MCPServerConfig{"x": stdio()})
	exercise(t, s)
	env, err := call(t, s, "x__environment", `{}`)
	if err != nil || strings.Contains(env, "canary") || !strings.Contains(env, "OWN=given") {
		t.Errorf("environment %q, %v", env, err)
	}
}

func TestStreamableHTTP(t *testing.T) {
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return testServer() }, nil)
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer right" {
			http.Error(w, "who are you", http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close) // behind the clients, which hold streams open
	at := func(token string) protocol.MCPServerConfig {
		return protocol.MCPServerConfig{Enabled: wire.Opt[bool]{V: true}, URL: wire.Some(h.URL), Headers: map[string]string{"Authorization": "Bearer " + token}}
	}
	s := start(t, map[string]protocol.MCPServerConfig{"x": at("right"), "z": at("wrong")})
	exercise(t, s)
	states := s.States()
	if states[1].Error == "" || strings.Contains(states[1].Error, "wrong") {
		t.Errorf("the server that refuses: %+v", states[1])
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestACallThatTakesTooLong(t *testing.T) {
	config := stdio()
	config.TimeoutSeconds = wire.Some(int64(1))
	s := start(t, map[string]protocol.MCPServerConfig{"x": config})
	s.Tools(t.Context(), all)
	if _, err := call(t, s, "x__wait_long", `{}`); err == nil || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("%v", err)
	}
	if got, err := call(t, s, "x__add", `{"A":1,"B":1}`); err != nil || got != `{"sum":2}` {
		t.Errorf("the next call: %q, %v", got, err)
	}
}

func TestAServerThatEndsIsConnectedAgain(t *testing.T) {
	s := start(t, map[string]protocol.MCPServerConfig{"x": stdio()})
	s.Tools(t.Context(), all)
	if _, err := call(t, s, "x__exit", `{}`); err == nil {
		t.Error("a server that ended has answered")
	}
	for k := 0; ; k++ {
		if got, err := call(t, s, "x__add", `{"A":1,"B":1}`); err == nil && got == `{"sum":2}` {
			break
		} else if k == 50 {
			t.Fatalf("%q, %v", got, err)
		}
		s.Tools(t.Context(), all)
	}
}

// A program that was installed for skills is found by its name, and finds others
// that were.
func TestInstalledProgram(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink(os.Args[0], filepath.Join(dir, "installed-server")); err != nil {
		t.Skip(err)
	}
	config := stdio()
	config.Command = wire.Some("installed-server")
	s := startWith(t, Options{Dir: t.TempDir(), Version: "test", Path: []string{dir}}, map[string]protocol.MCPServerConfig{"x": config})
	env, err := call(t, s, "x__environment", `{}`)
	if err != nil || !regexp.MustCompile(`(?m)^PATH=.*:`+regexp.QuoteMeta(dir)+"$").MatchString(env) {
		t.Errorf("environment %q, %v", env, err)
	}
}

func TestWhatCannotBeStarted(t *testing.T) {
	s := start(t, map[string]protocol.MCPServerConfig{
		"missing": {Enabled: wire.Opt[bool]{V: true}, Command: wire.Some("/no/such/program")},
		"empty":   {Enabled: wire.Opt[bool]{V: true}},
		"both":    {Enabled: wire.Opt[bool]{V: true}, Command: wire.Some("x"), URL: wire.Some("http://127.0.0.1:1")},
		"off":     {Enabled: wire.Some(false), Command: wire.Some("x")},
	})
	if tools := s.Tools(t.Context(), all); len(tools) != 0 {
		t.Errorf("tools %v", tools)
	}
	states := s.States()
	if len(states) != 3 {
		t.Fatalf("%+v", states)
	}
	for _, x := range states {
		if x.Error == "" {
			t.Errorf("%s has no error", x.Name)
		}
	}
	if _, err := call(t, s, "missing__x", `{}`); err == nil || !strings.Contains(err.Error(), "cannot be used") {
		t.Errorf("%v", err)
	}
}

func TestRightsAndChanges(t *testing.T) {
	s := start(t, map[string]protocol.MCPServerConfig{"x": stdio()})
	nobody := func(string) bool { return false }
	if tools := s.Tools(t.Context(), nobody); len(tools) != 0 {
		t.Errorf("tools %v", tools)
	}
	if _, err := s.Call(t.Context(), llm.ToolCall{Name: "x__add"}, nobody); err == nil || !strings.Contains(err.Error(), "may not use") {
		t.Errorf("%v", err)
	}
	s.Tools(t.Context(), all)
	before := s.sorted()[0]
	s.Apply(&protocol.MCPConfig{Servers: map[string]protocol.MCPServerConfig{"x": stdio()}})
	if s.sorted()[0] != before {
		t.Error("a server that did not change was connected anew")
	}
	s.Apply(&protocol.MCPConfig{})
	if tools := s.Tools(t.Context(), all); len(tools) != 0 {
		t.Errorf("tools of a server that is gone: %v", tools)
	}
}
