package app

import (
	"context"
	"path/filepath"
	"time"

	"github.com/gatesmith/gatesmith/internal/approvals"
	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/nodes"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/voice"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// joinApprovals makes the services that ask people about commands, and that know
// the wake words.
func (g *Gateway) joinApprovals(h *hub, handlers *protocol.Handlers) {
	g.approvals = approvals.New(approvals.Options{Store: g.store, Events: h, Path: filepath.Join(g.opts.StateDir, policy.FileName),
		Nodes: nodeFiles{g}, Logger: g.log})
	g.voice = voice.New(g.store, h)
	handlers.Approvals, handlers.Voice = g.approvals, g.voice
}

// beginApprovals takes up what the last process left.
func (g *Gateway) beginApprovals(ctx context.Context) error {
	if err := g.approvals.Start(ctx); err != nil {
		return err
	}
	return g.voice.Start(ctx)
}

// opened tells the services of a connection, in the order in which it hears of
// them.
func (g *Gateway) opened(p *server.Peer) {
	g.nodes.Opened(p)
	g.system.Opened(p)
	g.voice.Opened(p)
	g.approvals.Opened(p)
}

// nodeFiles is the way to the exec-approvals files of nodes.
type nodeFiles struct{ *Gateway }

func (f nodeFiles) Invoke(ctx context.Context, nodeID, command string, params []byte) ([]byte, error) {
	a, err := f.nodes.Invoke(ctx, nodes.Call{NodeID: nodeID, Command: command, Params: params, Timeout: nodes.DefaultTimeout, Internal: true})
	if err != nil {
		return nil, err
	}
	return a.Payload, nil
}

// agentNodes are the nodes for agents' tools, and the people who are asked about
// what these are to do. The services come into being after the tools.
type agentNodes struct{ *Gateway }

func (n agentNodes) NodesList(ctx context.Context, p *protocol.NodesListParams) (*protocol.NodesListResult, error) {
	return n.nodes.NodesList(ctx, p)
}

func (n agentNodes) NodesInvoke(ctx context.Context, p *protocol.NodesInvokeParams) (*protocol.NodesInvokeResult, error) {
	return n.nodes.NodesInvoke(ctx, p)
}

func (n agentNodes) Ask(ctx context.Context, conn string, q approvals.Question) (*approvals.Answer, error) {
	q.Timeout = time.Duration(n.assistant.config.Load().Tools.V.ApprovalSeconds.V) * time.Second
	return n.approvals.Ask(ctx, conn, q)
}

func (n agentNodes) NodeRules(ctx context.Context, nodeID, agentID string) (policy.Rules, error) {
	return n.approvals.NodeRules(ctx, nodeID, agentID)
}

func (n agentNodes) Demands(ctx context.Context, sessionKey string) (security protocol.ExecSecurity, ask protocol.ExecAsk, err error) {
	err = n.store.Read(ctx, func(q store.Querier) error {
		s, err := n.assistant.sessions.Get(ctx, q, sessionKey)
		if err == nil && s != nil {
			security, ask = protocol.ExecSecurity(s.Entry.ExecSecurity.V), protocol.ExecAsk(s.Entry.ExecAsk.V)
		}
		return err
	})
	return security, ask, err
}
