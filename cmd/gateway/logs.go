package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// How the log is followed.
const (
	logsApart = time.Second // between two looks
	logsMost  = 1_000_000   // bytes at a time
)

func logsCommand() *cobra.Command {
	var follow bool
	var level string
	var since time.Duration
	var count int64
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Shows the gateway's log",
		Long: `Shows the last lines of the gateway's log, as it keeps it in logs/gateway.log in the
state folder. With --json lines are printed as they are there.`,
		Example: examples("gateway logs -f", "gateway logs --level warn --since 24h -n 1000"),
		Args:    noArgs,
	}
	asks(cmd, func(ctx context.Context, c *conversation, _ []string) error {
		if count < 1 || count > 5000 {
			return usagef("-n is %d: expected 1 to 5000", count)
		}
		v := &logView{count: int(count)}
		if err := v.least.UnmarshalText([]byte(level)); err != nil {
			return usagef("--level is %q: expected debug, info, warn or error", level)
		}
		if since > 0 {
			v.from = c.screen.Now().Add(-since)
		}
		return c.logs(ctx, v, follow)
	})
	f := cmd.Flags()
	f.BoolVarP(&follow, "follow", "f", false, "go on with what comes, until interrupted")
	f.StringVar(&level, "level", "debug", "only lines of this `level` and above: debug, info, warn or error")
	f.DurationVar(&since, "since", 0, "only lines of the last `time`, such as 2h")
	f.Int64VarP(&count, "lines", "n", 100, "at most so many lines to begin with")
	return cmd
}

// logView is which lines are shown.
type logView struct {
	least slog.Level
	from  time.Time
	count int
}

// logLine is a line of the log.
type logLine struct {
	at    time.Time
	level slog.Level
	text  string // for people; "" when the line is none of ours
}

// shows gives those of some lines that are to be seen.
func (v *logView) shows(lines []string, one func(string) logLine) (out []string) {
	for _, raw := range lines {
		l := one(raw)
		if l.text == "" || l.level >= v.least && (v.from.IsZero() || !l.at.Before(v.from)) {
			out = append(out, raw)
		}
	}
	return out
}

func (c *conversation) logs(ctx context.Context, v *logView, follow bool) error {
	p := &protocol.LogsTailParams{Limit: wire.Some(int64(5000)), MaxBytes: wire.Some(int64(logsMost))}
	tail, err := c.gateway.LogsTail(ctx, p)
	if err != nil {
		return err
	}
	lines := v.shows(tail.Lines, readLogLine)
	lines = lines[max(0, len(lines)-v.count):]
	if len(lines) == 0 && !follow && !c.screen.JSON {
		c.screen.Line("There is no such line in %s.", tail.File)
	}
	for {
		for _, raw := range lines {
			c.logLine(raw)
		}
		if !follow {
			return nil
		}
		select {
		case <-ctx.Done(): // interrupted, as it should be
			return nil
		case <-time.After(logsApart):
		}
		p.Cursor = wire.Some(tail.Cursor)
		next, err := c.gateway.LogsTail(ctx, p)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		tail, lines = next, v.shows(next.Lines, readLogLine)
	}
}

func (c *conversation) logLine(raw string) {
	l := readLogLine(raw)
	switch {
	case c.screen.JSON:
		_ = c.screen.Raw([]byte(raw))
	case l.text == "":
		c.screen.Line("%s", screen.Clean(raw))
	default:
		style := screen.Faint
		if l.level >= slog.LevelWarn {
			style = screen.Strong
		}
		c.screen.Line("%s %s %s", l.at.Local().Format("2006-01-02 15:04:05"), c.screen.Paint(style, padded(l.level.String())), screen.Clean(l.text))
	}
}

// padded is as wide as the longest level.
func padded(level string) string { return level + strings.Repeat(" ", max(0, 5-len(level))) }

// readLogLine reads a line as the gateway writes it, with its members in their
// order.
func readLogLine(raw string) (l logLine) {
	d := json.NewDecoder(strings.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return logLine{}
	}
	var message string
	var rest []string
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return logLine{}
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return logLine{}
		}
		switch name {
		case slog.TimeKey:
			err = json.Unmarshal(value, &l.at)
		case slog.LevelKey:
			err = json.Unmarshal(value, &l.level)
		case slog.MessageKey:
			err = json.Unmarshal(value, &message)
		default:
			rest = append(rest, name.(string)+"="+plainValue(value))
		}
		if err != nil {
			return logLine{}
		}
	}
	if message == "" {
		return logLine{}
	}
	l.text = strings.Join(append([]string{message}, rest...), " ")
	return l
}

// plainValue is a value without quotes where it needs none.
func plainValue(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil && text != "" && !strings.ContainsAny(text, " \"=\n\t") {
		return text
	}
	return string(bytes.TrimSpace(value))
}
