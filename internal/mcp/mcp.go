// Package mcp gives agents the tools of servers of the Model Context Protocol:
// programs that are started and spoken to over their standard input and output,
// and services that are reached by streamable HTTP.
//
// A server is connected to when tools are first asked for, and again, after a
// while, when its connection was lost. What it cannot do now is left out of the
// list of tools; nothing waits for it longer than the first time.
package mcp

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
)

// separator stands between a server's name and its tool's in the name that
// models see.
const separator = "__"

// How long things may take.
const (
	connectTime = 20 * time.Second
	firstWait   = 5 * time.Second  // for a server that was never reached
	retryAfter  = 30 * time.Second // after a connection that failed
)

// Options say what the servers are reached from.
type Options struct {
	Dir     string   // folder that programs start in
	Version string   // of the gateway
	Path    []string // folders that are looked in for programs after those in PATH
	Logger  *slog.Logger
}

// Servers are the configured servers.
type Servers struct {
	o   Options
	ctx context.Context
	end context.CancelFunc
	wg  sync.WaitGroup

	mu      sync.Mutex
	servers map[string]*server
}

// New returns servers; Apply says which.
func New(o Options) *Servers {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Servers{o: o, servers: map[string]*server{}}
	s.ctx, s.end = context.WithCancel(context.Background())
	return s
}

// Apply puts a configuration in force. Servers whose configuration is as it was
// keep their connection.
func (s *Servers) Apply(c *protocol.MCPConfig) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.servers
	s.servers = map[string]*server{}
	for name, config := range c.Servers {
		if !config.Enabled.V {
			continue
		}
		key := string(config.AppendJSON(nil))
		if old := before[name]; old != nil && old.key == key {
			s.servers[name] = old
			delete(before, name)
			continue
		}
		s.servers[name] = &server{name: strings.Clone(name), key: key, config: config.Clone(), owner: s}
	}
	for _, gone := range before {
		s.wg.Go(gone.close)
	}
}

// Close ends all connections and programs.
func (s *Servers) Close() {
	s.end()
	s.mu.Lock()
	servers := slices.Collect(maps.Values(s.servers))
	s.servers = map[string]*server{}
	s.mu.Unlock()
	for _, x := range servers {
		x.close()
	}
	s.wg.Wait()
}

// Tools lists the tools of the servers that a run may use, by name.
func (s *Servers) Tools(ctx context.Context, allowed func(server string) bool) []llm.Tool {
	var reached []*server
	for _, x := range s.sorted() {
		if allowed(x.name) {
			x.connect()
			reached = append(reached, x)
		}
	}
	var out []llm.Tool
	for _, x := range reached {
		out = append(out, x.tools(ctx)...)
	}
	return out
}

func (s *Servers) sorted() []*server {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*server
	for _, name := range slices.Sorted(maps.Keys(s.servers)) {
		out = append(out, s.servers[name])
	}
	return out
}

// find gives the server and the tool that a name means.
func (s *Servers) find(name string) (*server, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Names of servers may have the separator in them; the longest that fits
	// is meant.
	var found *server
	for of, x := range s.servers {
		if strings.HasPrefix(name, of+separator) && (found == nil || len(of) > len(found.name)) {
			found = x
		}
	}
	if found == nil {
		return nil, ""
	}
	return found, strings.TrimPrefix(name, found.name+separator)
}

// Has reports whether a name is of a tool of one of the servers.
func (s *Servers) Has(name string) bool {
	x, _ := s.find(name)
	return x != nil
}

// Call uses a tool.
func (s *Servers) Call(ctx context.Context, call llm.ToolCall, allowed func(server string) bool) (*agent.ToolOutput, error) {
	x, tool := s.find(call.Name)
	switch {
	case x == nil:
		return nil, fmt.Errorf("there is no MCP server for the tool %q", call.Name)
	case !allowed(x.name):
		return nil, fmt.Errorf("the run may not use the MCP server %s: tools.sources says which it may", x.name)
	}
	x.connect()
	return x.call(ctx, tool, call.Arguments)
}

// State tells of a server, for people.
type State struct {
	Name  string
	Tools int
	Error string // "" while it is connected or was not asked for yet
}

// States tells of all servers, by name.
func (s *Servers) States() []State {
	var out []State
	for _, x := range s.sorted() {
		out = append(out, x.state())
	}
	return out
}
