package app

import (
	"context"
	"path/filepath"

	"github.com/gatesmith/gatesmith/internal/approvals"
	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/internal/voice"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/server"
)

// joinApprovals makes the services that ask people about commands, and that know
// the wake words.
func (g *Gateway) joinApprovals(h *hub, handlers *protocol.Handlers) {
	g.approvals = approvals.New(approvals.Options{Store: g.store, Events: h, Path: filepath.Join(g.opts.StateDir, policy.FileName), Logger: g.log})
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
