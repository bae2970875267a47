package app

import (
	"context"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/devices"
	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/nodes"
	"github.com/gatesmith/gatesmith/internal/system"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// joinNodes makes the service that knows the connected nodes.
func (g *Gateway) joinNodes(h *hub, dev *devices.Service, handlers *protocol.Handlers) {
	a := g.assistant
	g.nodes = nodes.New(nodes.Options{Pairing: dev, Records: nodeRecords{dev}, Events: h, Turns: nodeTurns{a}, Notes: nodeNotes{g}, Guard: g.approvals.Guard,
		Config: func() *protocol.NodesConfig { return &g.config.Load().Gateway.V.Nodes.V }, Canonical: func(key string) string { return a.keys().Canonical(key) },
		Logger: g.log})
	h.copy = g.nodes.Copy
	handlers.Nodes = g.nodes
}

// left tells the services of a connection that has ended.
func (g *Gateway) left(p *server.Peer) {
	g.nodes.Closed(p)
	g.system.Closed(p)
}

// nodeRecords are the nodes among the paired devices.
type nodeRecords struct{ *devices.Service }

func (r nodeRecords) PairedNodes(ctx context.Context) ([]nodes.Paired, error) {
	all, err := r.Service.PairedNodes(ctx)
	var out []nodes.Paired
	for _, d := range all {
		out = append(out, *pairedNode(d))
	}
	return out, err
}

func (r nodeRecords) PairedNode(ctx context.Context, id string) (*nodes.Paired, error) {
	d, err := r.Service.PairedNode(ctx, id)
	if err != nil || d == nil {
		return nil, err
	}
	return pairedNode(d), nil
}

func pairedNode(d *devices.Device) *nodes.Paired {
	return &nodes.Paired{ID: d.DeviceID, Name: d.Name, DisplayName: d.DisplayName, Platform: d.Platform, RemoteIP: d.RemoteIP}
}

// nodeTurns has the agent do what a node asks.
type nodeTurns struct{ *assistant }

func (t nodeTurns) Begin(ctx context.Context, x nodes.Turn) error {
	keys := t.keys()
	if x.Session == "" {
		x.Session = keys.Main("")
	}
	req := agent.Request{ID: x.RunID, Kind: agent.KindAgent, Session: keys.Canonical(x.Session), Said: x.Session, Message: x.Message, Timeout: x.Timeout,
		Source: agent.Source{Origin: agent.FromNode, Name: x.Node}, Policy: true}
	if level, ok := llm.ParseLevel(x.Thinking); ok {
		req.Thinking = string(level)
	}
	if x.Deliver && protocol.ChannelID(x.Channel).Known() {
		req.Deliver, req.Route = true, agent.Route{Channel: x.Channel, To: x.To}
	}
	ticket, err := t.agent.Start(ctx, req)
	if err == nil {
		ticket.Run.ReleaseAfter(ctx)
	}
	return err
}

// nodeNotes leaves what happens on nodes for the agent's next heartbeat.
type nodeNotes struct{ *Gateway }

func (n nodeNotes) Note(_ context.Context, session, text string) {
	keys := n.assistant.keys()
	agentID := ""
	if session != "" {
		agentID = keys.Agent(keys.Canonical(session))
	}
	n.system.Leave(system.Note{AgentID: agentID, Text: text})
	n.heartbeat.Ask(true)
}
