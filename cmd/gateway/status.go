package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
)

func statusCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:   "status",
		Short: "Gives an overview: what is wrong with the configuration, channels, heartbeats, notes that wait, latest sessions",
		Args:  noArgs,
	}, status)
}

func status(ctx context.Context, c *conversation, _ []string) error {
	st, err := c.gateway.Status(ctx, nil)
	if err != nil {
		return err
	}
	if c.screen.JSON {
		return c.screen.Raw(st.AppendJSON(nil))
	}
	s := c.screen
	for _, f := range st.ConfigFallbacks {
		part := "The configuration file"
		if f.Section != "" {
			part = "The section " + f.Section + " of the configuration"
		}
		s.Line("%s", s.Paint(screen.Bad, screen.Clean(part+" is wrong; "+f.InForce+" is in force in its place:")))
		for _, i := range f.Issues {
			s.Line("  %s", screen.Clean(i.Message))
		}
	}
	t := s.Table()
	if st.LinkChannel.Set {
		link := st.LinkChannel.V
		style, text := screen.Good, "linked"
		if !link.Linked {
			style, text = screen.Bad, "not linked"
		}
		t.Row(link.Label, screen.Styled(style, text))
	}
	for _, a := range st.Heartbeat.Agents {
		beat := "off"
		if a.Enabled {
			beat = "every " + a.Every
		}
		t.Row("heartbeat of "+a.AgentID, beat)
	}
	t.Row("sessions", st.Sessions.Count)
	t.Row("notes that wait", len(st.QueuedSystemEvents))
	t.Print()
	for _, line := range st.ChannelSummary {
		s.Line("%s", screen.Clean(line))
	}
	for _, note := range st.QueuedSystemEvents {
		s.Line("  note: %s", screen.Clean(note))
	}
	if len(st.Sessions.Recent) > 0 {
		s.Line("")
		latestSessions(s, st.Sessions.Recent)
	}
	return nil
}

// latestSessions is a table of sessions with their use of the context window.
func latestSessions(s *screen.Screen, list []protocol.StatusSession) {
	t := s.Table("session", "kind", "used", "model", "context", "flags")
	for _, e := range list {
		window := ""
		if e.TotalTokens.Valid && e.ContextTokens.Valid {
			window = fmt.Sprintf("%d of %d", e.TotalTokens.V, e.ContextTokens.V)
		}
		t.Row(screen.Styled(screen.Strong, e.Key), string(e.Kind), s.Ago(e.UpdatedAt.V), e.Model.V, window, strings.Join(e.Flags, " "))
	}
	t.Print()
}
