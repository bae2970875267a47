package app

import (
	"cmp"
	"context"
	"path/filepath"

	"github.com/gatesmith/gatesmith/internal/chat"
	"github.com/gatesmith/gatesmith/internal/sessions"
	"github.com/gatesmith/gatesmith/internal/usage"
	"github.com/gatesmith/gatesmith/protocol"
)

// conversations adds the services that keep what is said, and has their house
// kept.
func (g *Gateway) conversations(handlers *protocol.Handlers, cfg *protocol.Config, events chat.Publisher) *protocol.Handlers {
	where := filepath.Join(g.opts.StateDir, "gateway.db")
	if cfg.Store.V.URL.V != "" {
		where = "postgresql" // its URL may hold a password
	}
	keys := sessions.Keys{DefaultAgent: mainAgent}.Configured(&cfg.Session.V)
	kept := sessions.New(g.store, sessions.Options{
		Keys:   func() sessions.Keys { return keys },
		Config: func() *protocol.SessionConfig { return &cmp.Or(g.config.Load(), cfg).Session.V },
		Path:   where,
		Logger: g.log,
	})
	ctx, stop := context.WithCancel(context.Background())
	g.stopKeeping = stop
	g.keeping.Go(func() { kept.KeepHouse(ctx) })

	handlers.Sessions = kept
	handlers.Chat = chat.New(chat.Options{Store: g.store, Sessions: kept, Events: events, Logger: g.log})
	handlers.Usage = usage.New(g.store, usage.Options{})
	return handlers
}
