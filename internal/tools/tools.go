// Package tools has what agents may do beside talking: tools of the gateway
// itself, and those of MCP servers.
//
// A tool acts for whoever started its run, and with no more rights: it calls
// what a method would call, after the same access check. Sources that are no
// operators have only what the configuration gives them; everybody may read the
// session that the run is in. What a tool gives is data: it neither grants nor
// approves anything.
package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/protocol"
)

// Tool is one tool of the gateway.
type Tool struct {
	Name        string
	Description string
	Schema      json.RawMessage // of the arguments
	// Needs is the method whose access rule says who may use the tool, unless
	// Open says that everybody may.
	Needs protocol.MethodID
	Open  bool
	Call  func(ctx context.Context, c *agent.Caller, args json.RawMessage) (*agent.ToolOutput, error)
	// Shown gives the arguments without what not everybody may see who follows a
	// run; nil: all of them.
	Shown func(args json.RawMessage) json.RawMessage
}

// Source gives tools that are not known beforehand, such as those of MCP
// servers.
type Source interface {
	Tools(ctx context.Context, allowed func(server string) bool) []llm.Tool
	Call(ctx context.Context, call llm.ToolCall, allowed func(server string) bool) (*agent.ToolOutput, error)
	// Has reports whether a name is one of the source's.
	Has(name string) bool
}

// Options say what a box is made of.
type Options struct {
	Own []Tool
	MCP Source // nil: none
	// Config is the tools part of the configuration as it is now.
	Config func() *protocol.ToolsConfig
}

// Box is an agent.Toolbox.
type Box struct{ o Options }

var _ agent.Toolbox = (*Box)(nil)

// New returns a box.
func New(o Options) *Box { return &Box{o} }

// rights are what a run's tools may do.
type rights struct {
	scopes []string
	grant  protocol.Grant
	mcp    func(server string) bool
}

// of finds the rights of a run: an operator's are his connection's.
func (b *Box) of(c *agent.Caller) rights {
	if c.Source.Origin == agent.FromOperator {
		return rights{c.Source.Scopes, protocol.GrantOf(protocol.RoleOperator, c.Source.Scopes), func(string) bool { return true }}
	}
	var source protocol.ToolSourceConfig
	switch sources := &b.o.Config().Sources.V; c.Source.Origin {
	case agent.FromChannel:
		source = sources.Channel.V
	case agent.FromNode:
		source = sources.Node.V
	case agent.FromCron:
		source = sources.Cron.V
	}
	scopes := make([]string, len(source.Scopes))
	for k, s := range source.Scopes {
		scopes[k] = string(s)
	}
	return rights{scopes, protocol.GrantOf(protocol.RoleOperator, scopes), func(server string) bool {
		return slices.Contains(source.MCP, "*") || slices.Contains(source.MCP, server)
	}}
}

func (r rights) allow(t *Tool) error {
	if t.Open {
		return nil
	}
	if denied := protocol.AllowMethod(t.Needs, r.grant); denied != nil {
		return fmt.Errorf("the run may not use %s: %s", t.Name, denied.Error())
	}
	return nil
}

// List gives the tools that a run may use.
func (b *Box) List(ctx context.Context, c *agent.Caller) []llm.Tool {
	r, deny := b.of(c), b.o.Config().Deny
	var out []llm.Tool
	for k := range b.o.Own {
		t := &b.o.Own[k]
		if r.allow(t) == nil && !agent.Denied(deny, t.Name) {
			out = append(out, llm.Tool{Name: t.Name, Description: t.Description, Schema: t.Schema})
		}
	}
	if b.o.MCP != nil {
		for _, t := range b.o.MCP.Tools(ctx, r.mcp) {
			if !agent.Denied(deny, t.Name) {
				out = append(out, t)
			}
		}
	}
	return out
}

// Call uses a tool, if the run may.
func (b *Box) Call(ctx context.Context, c *agent.Caller, call llm.ToolCall) (*agent.ToolOutput, error) {
	r := b.of(c)
	if agent.Denied(b.o.Config().Deny, call.Name) {
		return nil, fmt.Errorf("the tool %s is switched off by tools.deny", call.Name)
	}
	for k := range b.o.Own {
		t := &b.o.Own[k]
		if t.Name != call.Name {
			continue
		}
		if err := r.allow(t); err != nil {
			return nil, err
		}
		as := *c
		as.Source.Scopes = r.scopes
		return t.Call(withCall(ctx, call.ID), &as, call.Arguments)
	}
	if b.o.MCP != nil && b.o.MCP.Has(call.Name) {
		return b.o.MCP.Call(ctx, call, r.mcp)
	}
	return nil, fmt.Errorf("there is no tool %q: there are %s", call.Name, b.names(ctx, c))
}

// Shown gives the arguments of a call as everybody may see them.
func (b *Box) Shown(call llm.ToolCall) json.RawMessage {
	for k := range b.o.Own {
		if t := &b.o.Own[k]; t.Name == call.Name && t.Shown != nil {
			return t.Shown(call.Arguments)
		}
	}
	return call.Arguments
}

func (b *Box) names(ctx context.Context, c *agent.Caller) string {
	var names []string
	for _, t := range b.List(ctx, c) {
		names = append(names, t.Name)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

type callKey struct{}

// withCall lets a tool know which call of its run it answers, so that what it
// begins can be begun once.
func withCall(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, callKey{}, id)
}

func callID(ctx context.Context) string {
	id, _ := ctx.Value(callKey{}).(string)
	return id
}

// read takes a tool's arguments; those it does not know are a mistake that the
// model can mend.
func read(args json.RawMessage, into any) error {
	if len(args) == 0 {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(string(args)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("the arguments are not right: %w", err)
	}
	return nil
}

// asJSON is an output that the model reads as JSON.
func asJSON(v any) (*agent.ToolOutput, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return &agent.ToolOutput{Text: string(text)}, nil
}
