package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/protocol"
)

func nodeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "node",
		Aliases: []string{"nodes"},
		Short:   "Runs a node, and lists, approves and asks nodes",
		Long: `Runs a node, and lists, approves and asks nodes.

A node is a machine that carries out commands for the gateway's agents and
operators. NODE is its id, the beginning of it, or its name.`,
	}
	chooses(cmd)
	cmd.AddCommand(nodeRunCommand(), nodeListCommand(), nodeDescribeCommand(), nodeInvokeCommand(), nodePendingCommand(), nodeApproveCommand(), nodeRejectCommand(),
		nodeRenameCommand())
	return cmd
}

func nodeListCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:   "list",
		Short: "Lists the nodes that are paired or connected",
		Args:  noArgs,
	}, func(ctx context.Context, c *conversation, _ []string) error {
		list, err := c.gateway.NodesList(ctx, nil)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(list.AppendJSON(nil))
		}
		if len(list.Nodes) == 0 {
			c.screen.Line("There is no node.")
			return nil
		}
		t := c.screen.Table("node", "name", "platform", "address", "state", "since", "commands")
		for k := range list.Nodes {
			n := &list.Nodes[k]
			t.Row(screen.Styled(screen.Strong, screen.Short(n.NodeID)), n.DisplayName.V, n.Platform.V, n.RemoteIP.V, nodeState(n.Connected, n.Paired),
				c.screen.Ago(n.ConnectedAtMs.V), brief(strings.Join(n.Commands, " "), 60))
		}
		t.Print()
		return nil
	})
}

func nodeState(connected, paired bool) screen.Text {
	switch {
	case connected && paired:
		return screen.Styled(screen.Good, "connected")
	case connected:
		return screen.Styled(screen.Doubt, "connected, not paired")
	}
	return screen.Styled(screen.Faint, "away")
}

func nodeDescribeCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:     "describe NODE",
		Short:   "Tells what is known of a node",
		Example: examples("gateway node describe my-laptop"),
		Args:    takes(1, 1),
	}, func(ctx context.Context, c *conversation, args []string) error {
		found, err := c.node(ctx, args[0])
		if err != nil {
			return err
		}
		n, err := c.gateway.NodesDescribe(ctx, &protocol.NodesDescribeParams{NodeID: found.NodeID})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(n.AppendJSON(nil))
		}
		t := c.screen.Table()
		row := func(name string, value any) {
			if value != "" {
				t.Row(screen.Styled(screen.Faint, name), value)
			}
		}
		row("id", n.NodeID)
		row("name", n.DisplayName.V)
		row("state", nodeState(n.Connected, n.Paired))
		row("platform", strings.TrimSpace(n.Platform.V+" "+n.ModelIdentifier.V))
		row("version", n.Version.V)
		row("address", n.RemoteIP.V)
		if n.ConnectedAtMs.Set {
			row("since", c.screen.Ago(n.ConnectedAtMs.V))
		}
		row("can do", strings.Join(n.Caps, ", "))
		row("commands", strings.Join(n.Commands, ", "))
		row("permissions", permissions(n.Permissions))
		t.Print()
		return nil
	})
}

func permissions(all map[string]bool) string {
	var list []string
	for name, granted := range all {
		if granted {
			list = append(list, name)
		} else {
			list = append(list, "not "+name)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// node finds the node that is meant.
func (c *conversation) node(ctx context.Context, name string) (*protocol.NodeRow, error) {
	list, err := c.gateway.NodesList(ctx, nil)
	if err != nil {
		return nil, err
	}
	return pick(list.Nodes, name, "node", "gateway node list shows those there are", func(n *protocol.NodeRow) []string {
		return []string{n.NodeID, n.DisplayName.V}
	})
}

func nodeRenameCommand() *cobra.Command {
	return asks(&cobra.Command{
		Use:     "rename NODE NAME",
		Short:   "Gives a node another name",
		Example: examples(`gateway node rename b1038a5b "The laptop in the kitchen"`),
		Args:    takes(2, 2),
	}, func(ctx context.Context, c *conversation, args []string) error {
		n, err := c.node(ctx, args[0])
		if err != nil {
			return err
		}
		done, err := c.gateway.NodesRename(ctx, &protocol.NodesRenameParams{NodeID: n.NodeID, DisplayName: args[1]})
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("%s is %s now.", screen.Short(done.NodeID), screen.Clean(done.DisplayName))
		return nil
	})
}

// nodeName is what a node is called in messages.
func nodeName(id string, names ...string) string {
	if name := cmp.Or(names...); name != "" {
		return screen.Short(id) + " (" + screen.Clean(name) + ")"
	}
	return screen.Short(id)
}
