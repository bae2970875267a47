package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// address is through which channel something goes.
type address struct{ channel, account, key string }

func (a *address) register(flags *pflag.FlagSet) {
	flags.StringVar(&a.channel, "channel", "", "`channel` to send through; default the only one that has an account")
	flags.StringVar(&a.account, "account", "", "`account` of the channel; default the channel's default account")
	flags.StringVar(&a.key, "key", "", "idempotency `key`: a repeat with the same one sends nothing again; default a new one")
}

// complete finds what was not said.
func (a *address) complete(ctx context.Context, c *conversation) error {
	a.key = cmp.Or(a.key, "cli-"+rand.Text())
	if a.channel != "" {
		return nil
	}
	status, err := c.gateway.ChannelsStatus(ctx, nil)
	if err != nil {
		return err
	}
	var found []string
	for _, id := range status.ChannelOrder {
		if len(status.ChannelAccounts[id]) > 0 {
			found = append(found, id)
		}
	}
	switch len(found) {
	case 0:
		return errors.New("no channel has an account: gateway channels add makes one")
	case 1:
		a.channel = found[0]
		return nil
	}
	return usagef("the channels %s have accounts: say which one with --channel", strings.Join(found, ", "))
}

func sendCommand() *cobra.Command {
	var a address
	var media []string
	var session string
	cmd := &cobra.Command{
		Use:   "send TO MESSAGE",
		Short: "Sends a message to a person or a group through a channel",
		Long: `Sends a message to a person or a group through a channel. TO is as the channel names
them: a chat id or @name for Telegram, a conversation for a webhook. MESSAGE is
Markdown; - reads it from the input.

When the command ends well the channel has taken the message. A failure says whether
it may have arrived all the same.`,
		Example: examples("gateway send 123456789 'Dinner is **ready**'", "gateway send @family 'Look' --media https://example.com/cat.png", "gateway send desk - --channel webhook < report.md"),
		Args:    takes(2, 2),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		if err := a.complete(ctx, c); err != nil {
			return err
		}
		text, err := c.textOf(args[1])
		if err != nil {
			return err
		}
		p := &protocol.SendParams{To: args[0], Message: text, MediaURLs: media, Channel: wire.Some(protocol.ChannelID(a.channel)), IdempotencyKey: protocol.IdempotencyKey(a.key)}
		p.AccountID = wire.Opt[string]{V: a.account, Set: a.account != ""}
		p.SessionKey = wire.Opt[string]{V: session, Set: session != ""}
		done, err := c.gateway.Send(ctx, p)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("Sent to %s through %s: message %s.", screen.Clean(args[0]), done.Channel, screen.Clean(done.MessageID))
		return nil
	})
	a.register(cmd.Flags())
	cmd.Flags().StringArrayVar(&media, "media", nil, "`address` of a picture, video or file to send along; may be repeated")
	cmd.Flags().StringVar(&session, "session", "", "`session` that keeps a copy of the text; default the recipient's")
	return cmd
}

func pollCommand() *cobra.Command {
	var a address
	var choices, hours int64
	cmd := &cobra.Command{
		Use:     "poll TO QUESTION OPTION OPTION…",
		Short:   "Puts a question to a person or a group through a channel",
		Long:    `Puts a question with two to twelve options to a person or a group, through a channel that has polls. TO is as in send.`,
		Example: examples("gateway poll @family 'Dinner?' Pizza Soup 'Whatever is there'"),
		Args:    takes(4, -1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		if err := a.complete(ctx, c); err != nil {
			return err
		}
		p := &protocol.PollParams{To: args[0], Question: args[1], Options: args[2:], MaxSelections: wire.Some(choices), Channel: wire.Some(protocol.ChannelID(a.channel)),
			IdempotencyKey: protocol.IdempotencyKey(a.key)}
		p.AccountID = wire.Opt[string]{V: a.account, Set: a.account != ""}
		p.DurationHours = wire.Opt[int64]{V: hours, Set: hours > 0}
		done, err := c.gateway.Poll(ctx, p)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("Asked %s through %s: message %s.", screen.Clean(args[0]), done.Channel, screen.Clean(done.MessageID))
		return nil
	})
	a.register(cmd.Flags())
	cmd.Flags().Int64Var(&choices, "choices", 1, "how many options one may choose")
	cmd.Flags().Int64Var(&hours, "hours", 0, "how many `hours` the poll is open, where the channel closes polls; default the channel's own time")
	return cmd
}

// textOf is a text of the command line, or what the input has.
func (c *conversation) textOf(word string) (string, error) {
	if word != "-" {
		return word, nil
	}
	s := settingsFile{in: c.in}
	text, err := s.fromInput()
	if err != nil {
		return "", fmt.Errorf("the input cannot be read: %w", err)
	}
	return text, nil
}
