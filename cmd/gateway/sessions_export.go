package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/transcript"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func sessionsExportCommand() *cobra.Command {
	var format, path string
	var force bool
	cmd := &cobra.Command{
		Use:   "export SESSION",
		Short: "Writes a whole conversation, as Markdown or as JSON lines",
		Long: `Writes a whole conversation to stdout or to a file: as Markdown, for people, or as
JSON lines, for programs, one for the session and one for each message. Without
--format the name of the file decides, and .jsonl means JSON lines.`,
		Example: examples("gateway sessions export main > talk.md", "gateway sessions export 'Weekly report' -o report.jsonl"),
		Args:    takes(1, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		if format == "" {
			format = "markdown"
			if strings.HasSuffix(path, ".jsonl") {
				format = "jsonl"
			}
		}
		if format != "markdown" && format != "jsonl" {
			return usagef("--format is %q: expected markdown or jsonl", format)
		}
		t, err := c.transcript(ctx, args[0])
		if err != nil {
			return err
		}
		write := t.Markdown
		if format == "jsonl" {
			write = t.JSONL
		}
		if path == "" || path == "-" {
			return write(c.screen.Out)
		}
		return intoFile(path, force, write)
	})
	f := cmd.Flags()
	f.StringVar(&format, "format", "", "markdown or jsonl")
	f.StringVarP(&path, "output", "o", "", "`file` to write to, for its owner only")
	f.BoolVar(&force, "force", false, "write over a file that exists")
	return cmd
}

// transcript reads all that was said in a session, page by page.
func (c *conversation) transcript(ctx context.Context, name string) (*transcript.Transcript, error) {
	key, err := c.sessionKey(ctx, name)
	if err != nil {
		return nil, err
	}
	row, err := c.sessionRow(ctx, key)
	if err != nil {
		return nil, err
	}
	t := &transcript.Transcript{Key: key, SessionID: row.SessionID.V, Title: cmp.Or(row.DerivedTitle.V, key)}
	const page = 1000
	for p := (&protocol.ChatHistoryParams{SessionKey: key, Limit: wire.Some(int64(page))}); ; {
		history, err := c.gateway.ChatHistory(ctx, p)
		if err != nil {
			return nil, err
		}
		slices.Reverse(history.Messages)
		t.Messages = append(t.Messages, history.Messages...)
		if p.Before = history.Next; !history.Next.Set {
			break
		}
	}
	slices.Reverse(t.Messages)
	return t, nil
}

// intoFile writes a file that only its owner reads, whole or not at all.
func intoFile(path string, force bool, write func(io.Writer) error) error {
	if _, err := os.Stat(path); err == nil && !force {
		return fmt.Errorf("%s exists already: choose another name, or say --force", path)
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		_ = os.Remove(part)
		return err
	}
	return os.Rename(part, path)
}
