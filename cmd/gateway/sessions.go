package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func sessionsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sessions",
		Short: "Lists conversations, shows and exports them, and changes their settings",
		Long: `Lists conversations, shows and exports them, and changes their settings.

SESSION is a session's key, such as main or agent:main:main, its id, or its label.`,
	}
	chooses(cmd)
	cmd.AddCommand(sessionsListCommand(), sessionsShowCommand(), sessionsPatchCommand(), sessionsResetCommand(),
		sessionsDeleteCommand(), sessionsCompactCommand(), sessionsExportCommand())
	return cmd
}

func sessionsListCommand() *cobra.Command {
	var agent, search, label, parent string
	var limit int64
	var active time.Duration
	var all bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "Lists conversations, the last used first",
		Example: examples("gateway sessions list", "gateway sessions list --active 2h --search report", "gateway sessions list --agent work --json"),
		Args:    noArgs,
	}
	asks(cmd, func(ctx context.Context, c *conversation, _ []string) error {
		if active < 0 || limit < 0 {
			return usagef("--active and --limit take positive values")
		}
		p := &protocol.SessionsListParams{IncludeDerivedTitles: wire.Some(true), IncludeLastMessage: wire.Some(true),
			IncludeGlobal: wire.Some(all), IncludeUnknown: wire.Some(all), Search: given(search), Label: given(label), AgentID: given(agent),
			SpawnedBy: given(parent), Limit: wire.Opt[int64]{V: limit, Set: limit > 0}}
		if active > 0 {
			p.ActiveMinutes = wire.Some(max(int64(active/time.Minute), 1))
		}
		list, err := c.gateway.SessionsList(ctx, p)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(list.AppendJSON(nil))
		}
		if list.Count == 0 {
			c.screen.Line("There is no such session.")
			return nil
		}
		t := c.screen.Table("session", "title", "last said", "model", "tokens", "used")
		for i := range list.Sessions {
			row := &list.Sessions[i]
			t.Row(screen.Styled(screen.Strong, row.Key), brief(row.DerivedTitle.V, 40), brief(row.LastMessagePreview.V, 40), row.Model.V,
				row.TotalTokens.V, c.screen.Ago(row.UpdatedAt.V))
		}
		t.Print()
		return nil
	})
	f := cmd.Flags()
	f.StringVar(&agent, "agent", "", "only sessions of this `agent`")
	f.StringVar(&search, "search", "", "only sessions that have this `text` in name, label, subject, id or key")
	f.StringVar(&label, "label", "", "only the session with this `label`")
	f.StringVar(&parent, "spawned-by", "", "only sessions that the one with this `key` started")
	f.DurationVar(&active, "active", 0, "only sessions used within this time")
	f.Int64Var(&limit, "limit", 0, "at most so many")
	f.BoolVar(&all, "all", false, "also the sessions global and unknown")
	return cmd
}

func given[T ~string](text T) wire.Opt[T] { return wire.Opt[T]{V: text, Set: text != ""} }

// brief is a text on one line, cut.
func brief(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-1]) + "…"
}

// sessionKey finds a session by key, id or label.
func (c *conversation) sessionKey(ctx context.Context, name string) (string, error) {
	tries := []*protocol.SessionsResolveParams{{Key: wire.Some(name)}, {SessionID: wire.Some(name)}}
	if len([]rune(name)) <= 64 {
		tries = append(tries, &protocol.SessionsResolveParams{Label: wire.Some(name)})
	}
	for _, p := range tries {
		p.IncludeGlobal, p.IncludeUnknown = wire.Some(true), wire.Some(true)
		found, err := c.gateway.SessionsResolve(ctx, p)
		if err == nil {
			return found.Key, nil
		}
		if answer, ok := errors.AsType[*client.Error](err); !ok || !strings.HasPrefix(answer.Message, "No session found") {
			return "", err
		}
	}
	return "", fmt.Errorf("there is no session %q: gateway sessions list shows those there are", name)
}

// sessionRow gives what a list says of a session.
func (c *conversation) sessionRow(ctx context.Context, key string) (*protocol.SessionRow, error) {
	list, err := c.gateway.SessionsList(ctx, &protocol.SessionsListParams{Search: wire.Some(key), IncludeDerivedTitles: wire.Some(true),
		IncludeGlobal: wire.Some(true), IncludeUnknown: wire.Some(true)})
	if err != nil {
		return nil, err
	}
	for i := range list.Sessions {
		if list.Sessions[i].Key == key {
			return &list.Sessions[i], nil
		}
	}
	return nil, fmt.Errorf("session %s was deleted meanwhile", key)
}

func sessionsShowCommand() *cobra.Command {
	var lines int64
	cmd := &cobra.Command{
		Use:     "show SESSION",
		Short:   "Shows a conversation's settings and what was said last",
		Example: examples("gateway sessions show main", "gateway sessions show 'Weekly report' -n 50"),
		Args:    takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		if lines < 1 || lines > 1000 {
			return usagef("-n is %d: expected 1 to 1000", lines)
		}
		key, err := c.sessionKey(ctx, args[0])
		if err != nil {
			return err
		}
		row, err := c.sessionRow(ctx, key)
		if err != nil {
			return err
		}
		history, err := c.gateway.ChatHistory(ctx, &protocol.ChatHistoryParams{SessionKey: key, Limit: wire.Some(lines)})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Value(map[string]any{"session": row, "history": history})
		}
		c.sessionFacts(row, history)
		c.said(history)
		return nil
	})
	cmd.Flags().Int64VarP(&lines, "lines", "n", 10, "how many messages")
	return cmd
}

// sessionFacts prints what is set for a session.
func (c *conversation) sessionFacts(row *protocol.SessionRow, history *protocol.ChatHistoryResult) {
	t := c.screen.Table()
	t.Row("session", screen.Styled(screen.Strong, row.Key))
	for _, fact := range []struct{ name, value string }{
		{"title", row.DerivedTitle.V}, {"label", row.Label.V}, {"transcript", row.SessionID.V}, {"kind", string(row.Kind)},
		{"model", strings.TrimPrefix(row.ModelProvider.V+"/"+row.Model.V, "/")}, {"thinking", string(history.ThinkingLevel.V)},
		{"reasoning", string(row.ReasoningLevel.V)}, {"verbose", string(row.VerboseLevel.V)}, {"elevated", string(row.ElevatedLevel.V)},
		{"send policy", string(row.SendPolicy.V)}, {"channel", cmp.Or(row.LastChannel.V, row.Channel.V)}, {"used", c.screen.Ago(row.UpdatedAt.V)},
	} {
		if fact.value != "" {
			t.Row(fact.name, fact.value)
		}
	}
	t.Row("tokens", row.TotalTokens.V)
	t.Print()
}

// said prints messages, each beginning with who speaks.
func (c *conversation) said(history *protocol.ChatHistoryResult) {
	s := c.screen
	if len(history.Messages) == 0 {
		s.Line("\nNothing was said yet.")
		return
	}
	s.Line("")
	if history.Next.Set {
		s.Line("%s", s.Paint(screen.Faint, "… gateway sessions export writes all there is"))
	}
	for i := range history.Messages {
		m := &history.Messages[i]
		who := s.Paint(screen.Strong, string(m.Role)+":")
		for line := range strings.Lines(messageText(m)) {
			s.Line("%s %s", who, screen.Clean(strings.TrimRight(line, "\r\n")))
			who = strings.Repeat(" ", len(m.Role)+1)
		}
	}
}

// messageText is a message in words: what is not text is named.
func messageText(m *protocol.Message) string {
	if m.Content.Kind == protocol.MessageContentIsString {
		return m.Content.String
	}
	var parts []string
	for _, block := range m.Content.Array {
		switch b := block.(type) {
		case *protocol.TextBlock:
			parts = append(parts, b.Text)
		case *protocol.ToolCallBlock:
			parts = append(parts, "[calls "+b.Name+" "+brief(string(b.Arguments), 60)+"]")
		case *protocol.ImageBlock:
			parts = append(parts, "["+b.MimeType+"]")
		case *protocol.ContentBlockUnknown:
			parts = append(parts, "["+b.Type+"]")
		}
	}
	return strings.Join(parts, "\n")
}
