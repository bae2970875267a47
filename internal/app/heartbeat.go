package app

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gatesmith/gatesmith/internal/agent"
	"github.com/gatesmith/gatesmith/internal/heartbeat"
	"github.com/gatesmith/gatesmith/internal/store"
	"github.com/gatesmith/gatesmith/internal/system"
	"github.com/gatesmith/gatesmith/protocol"
)

// maxTasks bounds what is read of HEARTBEAT.md.
const maxTasks = 20_000

// joinHeartbeat makes the service that has agents take turns by themselves.
func (g *Gateway) joinHeartbeat() {
	g.heartbeat = heartbeat.New(heartbeat.Options{Config: g.heartbeatConfig, Enabled: g.system.HeartbeatsOn, Take: g.takeNotes, Return: g.returnNotes, Done: g.forgetNotes,
		Tasks: g.heartbeatTasks, Turn: g.heartbeatTurn, Deliver: g.heartbeatDeliver, Ended: g.system.HeartbeatEnded, Logger: g.log})
}

func (g *Gateway) heartbeatConfig() *protocol.HeartbeatConfig {
	return &g.assistant.config.Load().Heartbeat.V
}

func (g *Gateway) takeNotes() (out []heartbeat.Note) {
	for _, n := range g.system.Take() {
		out = append(out, heartbeat.Note(n))
	}
	return out
}

func (g *Gateway) returnNotes(notes []heartbeat.Note) {
	g.system.Return(systemNotes(notes))
}

func (g *Gateway) forgetNotes(notes []heartbeat.Note) { g.system.Done(systemNotes(notes)) }

func systemNotes(notes []heartbeat.Note) (out []system.Note) {
	for _, n := range notes {
		out = append(out, system.Note(n))
	}
	return out
}

// keepNotes has notes outlive this process, and agents look at those of earlier ones.
func (g *Gateway) keepNotes(ctx context.Context) error {
	waiting, err := g.system.Keep(ctx, g.store, g.log)
	if waiting {
		g.heartbeat.Ask(false)
	}
	return err
}

// heartbeatTasks reads what the default agent is to look after.
func (g *Gateway) heartbeatTasks() string {
	f, err := os.Open(filepath.Join(g.assistant.agent.Roster().Default().Workspace, "HEARTBEAT.md"))
	if err == nil {
		defer f.Close()
		var text []byte
		if text, err = io.ReadAll(io.LimitReader(f, maxTasks)); err == nil {
			return string(text)
		}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		g.log.Warn("HEARTBEAT.md of the workspace cannot be read", "error", err)
	}
	return ""
}

// heartbeatTurn has an agent answer in its main session.
func (g *Gateway) heartbeatTurn(ctx context.Context, agentID, message, model string) (string, error) {
	a := g.assistant
	who, known := a.agent.Roster().Find(agentID)
	if !known {
		who = a.agent.Roster().Default()
	}
	session := a.keys().Main(who.ID)
	t, err := a.agent.Start(ctx, agent.Request{ID: "heartbeat:" + rand.Text(), Kind: agent.KindHeartbeat, Session: session, Said: session, Lane: cronLane,
		Message: message, Model: model, Source: agent.Source{Origin: agent.FromCron, Name: "heartbeat"}, Quiet: true})
	if err != nil {
		return "", err
	}
	t.Run.Release()
	select {
	case <-t.Run.Done():
		return replyOf(t.Run.Outcome(), true)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// heartbeatDeliver sends what an agent said to the last route of its main
// session.
func (g *Gateway) heartbeatDeliver(ctx context.Context, agentID, text string) error {
	a := g.assistant
	return g.store.Write(ctx, func(tx *store.Tx) error {
		return a.channels.Enqueue(ctx, tx, agent.Delivery{RunID: "heartbeat:" + rand.Text(), SessionKey: a.keys().Main(agentID), Text: text})
	})
}
