package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
)

func nodePendingCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:   "pending",
		Short: "Lists the nodes that wait for approval",
		Args:  noArgs,
	}, func(ctx context.Context, c *conversation, _ []string) error {
		list, err := c.gateway.NodesPairList(ctx, nil)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(list.AppendJSON(nil))
		}
		if len(list.Pending) == 0 {
			c.screen.Line("No node waits for approval.")
			return nil
		}
		pendingNodes(c.screen, list.Pending)
		return nil
	})
}

func pendingNodes(s *screen.Screen, list []protocol.NodePairRequest) {
	t := s.Table("request", "node", "name", "platform", "address", "commands", "since")
	for k := range list {
		p := &list[k]
		t.Row(screen.Styled(screen.Strong, screen.Short(p.RequestID)), screen.Short(p.NodeID), p.DisplayName.V, p.Platform.V, p.RemoteIP.V,
			brief(strings.Join(p.Commands, " "), 60), s.Ago(p.Ts))
	}
	t.Print()
}

func nodeApproveCommand() *cobra.Command {
	var yes, token bool
	cmd := &cobra.Command{
		Use:   "approve [REQUEST]",
		Short: "Approves a node that waits",
		Long: `Approves a node that waits. REQUEST is the request's identifier or the node's, or
the beginning of one. Without it, the requests that wait are listed; when there is
just one, it is approved after asking.

A node with a key of its own gets its token by itself when it connects next. For
one that has none, --show-token prints the token, which nobody sees again.`,
		Example: examples("gateway node approve", "gateway node approve 3f2a"),
		Args:    takes(0, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		p, err := c.chooseNode(ctx, args, "Approve it?", yes)
		if err != nil {
			return err
		}
		done, err := c.gateway.NodesPairApprove(ctx, &protocol.NodesPairApproveParams{RequestID: p.RequestID})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("Approved %s.", nodeName(done.Node.NodeID, done.Node.DisplayName.V))
		if token {
			c.screen.Line("%s", done.Node.Token.V)
		}
		return nil
	})
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "approve the only one that waits without asking")
	cmd.Flags().BoolVar(&token, "show-token", false, "print the node's token")
	return cmd
}

func nodeRejectCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "reject [REQUEST]",
		Short: "Rejects a node that waits",
		Long:  `Rejects a node that waits, named as in approve. It may ask again.`,
		Args:  takes(0, 1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		p, err := c.chooseNode(ctx, args, "Reject it?", yes)
		if err != nil {
			return err
		}
		done, err := c.gateway.NodesPairReject(ctx, &protocol.NodesPairRejectParams{RequestID: p.RequestID})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("Rejected %s.", nodeName(p.NodeID, p.DisplayName.V))
		return nil
	})
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "reject the only one that waits without asking")
	return cmd
}

// chooseNode finds the request that is meant. Without an argument it is the only
// one, if a person, or --yes, says so.
func (c *conversation) chooseNode(ctx context.Context, args []string, question string, yes bool) (*protocol.NodePairRequest, error) {
	list, err := c.gateway.NodesPairList(ctx, nil)
	if err != nil {
		return nil, err
	}
	if len(args) == 1 {
		return pick(list.Pending, args[0], "request", "gateway node pending shows those that wait", func(p *protocol.NodePairRequest) []string {
			return []string{p.RequestID, p.NodeID}
		})
	}
	if len(list.Pending) == 0 {
		return nil, fmt.Errorf("no node waits for approval")
	}
	return onlyOne(c, list.Pending, "nodes", question, yes, pendingNodes)
}
