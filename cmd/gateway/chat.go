package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/client"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/connection"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/cmd/gateway/internal/talk"
)

func chatCommand() *cobra.Command {
	settings := &connection.Settings{}
	session, message := "", ""
	cmd := &cobra.Command{
		Use:   "chat [--session KEY]",
		Short: "Talks with the agent",
		Long: `Talks with the agent, in a session: main, unless another one is named.

On a terminal the reply grows above the line in which the next message is typed;
what the model thinks is dimmed. Ctrl-C stops a reply, and ends the conversation
when there is none; the arrow keys bring back earlier messages. /help lists the
commands that the gateway knows, such as /new, /model and /stop; /quit ends.

Otherwise each line of the input is a message, and its reply is written to the
output as it grows.`,
		Example: examples("gateway chat", "gateway chat --session work", `echo "what day is it?" | gateway chat`),
		Args:    noArgs,
	}
	settings.Register(cmd.Flags())
	cmd.Flags().StringVar(&session, "session", "main", "`key` of the session")
	cmd.Flags().StringVarP(&message, "message", "m", "", "one message to send; the command ends with its reply")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return chat(cmd, settings, session, message)
	}
	return cmd
}

func chat(cmd *cobra.Command, settings *connection.Settings, session, message string) error {
	ctx, cancel := settings.Bound(cmd.Context())
	defer cancel()
	target, err := settings.Target()
	if err != nil {
		return err
	}
	t := talk.New(session)
	c, err := target.Open(ctx, t.Attach)
	if err != nil {
		return err
	}
	defer seeOff(ctx, c)
	out, errs := cmd.OutOrStdout(), cmd.ErrOrStderr()
	switch s := screenOf(cmd, settings.JSON); {
	case message != "":
		err = t.Answer(ctx, message, out, errs)
	case s.Terminal && screen.IsTerminal(cmd.InOrStdin()):
		err = t.Terminal(ctx, cmd.InOrStdin(), bare(out), s.Colour)
	default:
		err = t.Plain(ctx, cmd.InOrStdin(), out, errs)
	}
	if errors.Is(err, talk.ErrFailed) {
		return &failure{exitFailed, nil} // the reply said why
	}
	return err
}

// bare is the terminal itself: its size is asked for.
func bare(out io.Writer) io.Writer {
	if wrapped, ok := out.(interface{ Unwrap() io.Writer }); ok {
		return wrapped.Unwrap()
	}
	return out
}

// seeOff closes a client in good order.
func seeOff(ctx context.Context, c *client.Client) {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	_ = c.Close(end)
}
