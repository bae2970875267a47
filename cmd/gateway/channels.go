package main

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func channelsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "channels",
		Short: "Links messengers, shows how they are, and says who may write",
		Long: `Links messengers, shows how they are, and says who may write through them. Channels
are told from accounts: a channel is a messenger, an account what the gateway is
there, such as one bot.`,
	}
	chooses(cmd)
	send := sendCommand()
	cmd.AddCommand(channelsListCommand(), channelsStatusCommand(), channelsAddCommand(), channelsRemoveCommand(), channelsLoginCommand(), channelsLogoutCommand(),
		channelsSendersCommand(), channelsApproveCommand(), channelsRejectCommand(), send)
	return cmd
}

func channelsListCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:   "list",
		Short: "Lists the channels there are, and their accounts",
		Args:  noArgs,
	}, func(ctx context.Context, c *conversation, _ []string) error { return c.channels(ctx, false, 0, true) })
}

func channelsStatusCommand() *cobra.Command {
	var probe bool
	var timeout int64
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Shows how the accounts are",
		Long:    `Shows how the accounts are. With --probe each one's service is asked.`,
		Example: examples("gateway channels status", "gateway channels status --probe"),
		Args:    noArgs,
	}
	asks(cmd, func(ctx context.Context, c *conversation, _ []string) error {
		return c.channels(ctx, probe, timeout, false)
	})
	cmd.Flags().BoolVar(&probe, "probe", false, "ask each account's service")
	cmd.Flags().Int64Var(&timeout, "probe-timeout", 10000, "how many `milliseconds` a service may take to answer")
	return cmd
}

// channels prints the accounts, and, if all is set, the channels without one.
func (c *conversation) channels(ctx context.Context, probe bool, timeout int64, all bool) error {
	p := &protocol.ChannelsStatusParams{Probe: wire.Some(probe)}
	if timeout > 0 {
		p.TimeoutMs = wire.Some(timeout)
	}
	status, err := c.gateway.ChannelsStatus(ctx, p)
	if err != nil {
		return err
	}
	if c.screen.JSON {
		return c.screen.Raw(status.AppendJSON(nil))
	}
	s := c.screen
	t := s.Table("channel", "account", "state", "received", "sent", "last fault")
	rows := 0
	for _, id := range status.ChannelOrder {
		accounts := status.ChannelAccounts[id]
		if len(accounts) == 0 && all {
			t.Row(screen.Styled(screen.Strong, status.ChannelLabels[id]), "-", "no account", "", "", "")
			rows++
		}
		for _, a := range accounts {
			word, style := stateOf(&a, probe)
			t.Row(screen.Styled(screen.Strong, status.ChannelLabels[id]), cmp.Or(a.Name.V, a.AccountID), screen.Styled(style, word), s.Ago(int64(a.LastInboundAt.V)), s.Ago(int64(a.LastOutboundAt.V)), a.LastError.V)
			rows++
		}
	}
	if rows == 0 {
		s.Line("No channel has an account: gateway channels add makes one.")
		return nil
	}
	t.Print()
	return nil
}

// stateOf is how an account is in a word.
func stateOf(a *protocol.ChannelAccount, probed bool) (string, screen.Style) {
	var probe struct {
		OK *bool `json:"ok"`
	}
	if probed && a.Probe != nil && json.Unmarshal(a.Probe, &probe) == nil && probe.OK != nil {
		if *probe.OK {
			return "answers", screen.Good
		}
		return "does not answer", screen.Bad
	}
	switch {
	case !a.Enabled.V:
		return "off", screen.Doubt
	case !a.Configured.V:
		return "incomplete", screen.Bad
	case a.Linked.Set && !a.Linked.V:
		return "not linked", screen.Bad
	case !a.Running.V:
		return "stopped", screen.Bad
	case a.Connected.Set && !a.Connected.V:
		return "connecting", screen.Doubt
	case a.Connected.V:
		return "connected", screen.Good
	}
	return "running", screen.Good
}

func channelsSendersCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:   "senders",
		Short: "Lists the senders who wait to be approved, and those who were",
		Args:  noArgs,
	}, func(ctx context.Context, c *conversation, _ []string) error {
		list, err := c.gateway.ChannelsPairList(ctx, nil)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(list.AppendJSON(nil))
		}
		s := c.screen
		if len(list.Pending) > 0 {
			s.Line("%s", s.Paint(screen.Doubt, "Waiting (gateway channels approve CODE):"))
			t := s.Table("code", "channel", "account", "sender", "name", "since")
			for _, x := range list.Pending {
				t.Row(screen.Styled(screen.Strong, x.Code.V), string(x.Channel), x.AccountID, x.SenderID, x.Name.V, s.Ago(int64(x.RequestedAt.V)))
			}
			t.Print()
			s.Line("")
		}
		if len(list.Approved) == 0 {
			s.Line("Nobody was approved. Those whom the configuration names need not be.")
			return nil
		}
		t := s.Table("channel", "account", "sender", "name", "approved")
		for _, x := range list.Approved {
			t.Row(string(x.Channel), x.AccountID, screen.Styled(screen.Strong, x.SenderID), x.Name.V, s.Ago(int64(x.ApprovedAt.V)))
		}
		t.Print()
		return nil
	})
}

func channelsApproveCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:     "approve CODE",
		Short:   "Lets a sender talk to the agent who was told a code",
		Example: examples("gateway channels approve K7QM2XWP"),
		Args:    takes(1, 1),
	}, func(ctx context.Context, c *conversation, args []string) error {
		x, err := c.gateway.ChannelsPairApprove(ctx, &protocol.ChannelsPairApproveParams{Code: args[0]})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(x.AppendJSON(nil))
		}
		c.screen.Line("Approved %s: they may talk to the agent through %s.", screen.Clean(strings.TrimSpace(x.SenderID+" "+x.Name.V)), x.Channel)
		return nil
	})
}

func channelsRejectCommand() *cobra.Command {
	var account string
	cmd := &cobra.Command{
		Use:   "reject CHANNEL SENDER",
		Short: "Takes back that a sender was approved, or drops a code",
		Args:  takes(2, 2),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		done, err := c.gateway.ChannelsPairRemove(ctx, &protocol.ChannelsPairRemoveParams{Channel: args[0], SenderID: args[1], AccountID: wire.Opt[string]{V: account, Set: account != ""}})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		if !done.Removed {
			c.screen.Line("There is no sender %s of %s: gateway channels senders shows them.", screen.Clean(args[1]), screen.Clean(args[0]))
			return nil
		}
		c.screen.Line("%s may not talk to the agent any more.", screen.Clean(args[1]))
		return nil
	})
	cmd.Flags().StringVar(&account, "account", "", "`account` of the channel; default the channel's default account")
	return cmd
}
