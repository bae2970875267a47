package app

import (
	"context"
	"strings"

	"github.com/gatesmith/gatesmith/internal/config"
	"github.com/gatesmith/gatesmith/protocol"
)

// reportRestart tells what the gateway of before left word of: in the session
// that asked for it, else to the agent of the main session.
func (g *Gateway) reportRestart(ctx context.Context) {
	word, err := config.TakeSentinel(g.opts.StateDir)
	if err != nil {
		g.log.Warn("what the restart was for is not reported", "error", err)
	}
	if word == nil || err != nil {
		return
	}
	text := "The gateway restarted, and its configuration is in force"
	if stats := word.Stats.V; stats.Mode.V != "" {
		text += " (" + stats.Mode.V + ")"
	}
	text += "."
	if note := strings.TrimSpace(word.Message.V); note != "" {
		text += " " + note
	}
	if word.SessionKey.V != "" {
		_, err := g.assistant.chat.ChatInject(ctx, &protocol.ChatInjectParams{SessionKey: word.SessionKey.V, Message: text})
		if err == nil {
			return
		}
		g.log.Info("a restart is reported to the main session", "session", word.SessionKey.V, "error", err)
	}
	if err := g.system.Note(text); err != nil {
		g.log.Warn("a restart is not reported", "error", err)
	}
}
