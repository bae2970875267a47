package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/protocol"
)

func approvalsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "approvals",
		Aliases: []string{"exec-approvals"},
		Short:   "Says which programs may run, and decides on those that wait",
		Long: `Says which programs may run, and decides on those that wait.

Every machine that runs programs for agents has a file that says which: the
gateway's, and with --node that of a node. A program that the file neither allows
nor forbids waits until a person decides.`,
	}
	chooses(cmd)
	cmd.AddCommand(approvalsPendingCommand(), approvalsApproveCommand(), approvalsDenyCommand(), approvalsListCommand(), approvalsAllowCommand(), approvalsRemoveCommand(),
		approvalsGetCommand(), approvalsSetCommand())
	return cmd
}

// policyFile is the file that a command is about.
type policyFile struct{ node string }

func (f *policyFile) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.node, "node", "", "the file of this `node`, by its id or name; default the gateway's own")
}

func (f *policyFile) get(ctx context.Context, c *conversation) (*protocol.ExecApprovalsSnapshot, error) {
	if f.node == "" {
		return c.gateway.ExecApprovalsGet(ctx, nil)
	}
	n, err := c.node(ctx, f.node)
	if err != nil {
		return nil, err
	}
	return c.gateway.ExecApprovalsNodeGet(ctx, &protocol.ExecApprovalsNodeGetParams{NodeID: n.NodeID})
}

func (f *policyFile) set(ctx context.Context, c *conversation, file *protocol.ExecApprovalsFile, base string) (*protocol.ExecApprovalsSnapshot, error) {
	if f.node == "" {
		return c.gateway.ExecApprovalsSet(ctx, &protocol.ExecApprovalsSetParams{File: *file, BaseHash: some(base)})
	}
	n, err := c.node(ctx, f.node)
	if err != nil {
		return nil, err
	}
	return c.gateway.ExecApprovalsNodeSet(ctx, &protocol.ExecApprovalsNodeSetParams{NodeID: n.NodeID, File: *file, BaseHash: some(base)})
}

func approvalsGetCommand() *cobra.Command {
	f := &policyFile{}
	cmd := asks(&cobra.Command{
		Use:   "get",
		Short: "Prints the file, to change it and give it to set",
		Long: `Prints the file, to change it and give it to set. With --json it comes with its
path and the hash that a change is based on.`,
		Example: examples("gateway approvals get > approvals.json", "gateway approvals get --node my-laptop --json"),
		Args:    noArgs,
	}, func(ctx context.Context, c *conversation, _ []string) error {
		got, err := f.get(ctx, c)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(got.AppendJSON(nil))
		}
		var b bytes.Buffer
		if err := json.Indent(&b, got.File.AppendJSON(nil), "", "  "); err != nil {
			return err
		}
		c.screen.Line("%s", b.String())
		return nil
	})
	f.register(cmd)
	return cmd
}

func approvalsListCommand() *cobra.Command {
	f := &policyFile{}
	cmd := asks(&cobra.Command{
		Use:     "list",
		Short:   "Lists the rules of each agent, and the programs that are allowed",
		Example: examples("gateway approvals list", "gateway approvals list --node my-laptop"),
		Args:    noArgs,
	}, func(ctx context.Context, c *conversation, _ []string) error {
		got, err := f.get(ctx, c)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(got.AppendJSON(nil))
		}
		printRules(c.screen, &got.File)
		return nil
	})
	f.register(cmd)
	return cmd
}

func printRules(s *screen.Screen, file *protocol.ExecApprovalsFile) {
	agents := map[string]bool{policy.DefaultAgent: true}
	for name := range file.Agents {
		agents[name] = true
	}
	t := s.Table("agent", "may run", "people are asked", "when nobody answers")
	for _, name := range slices.Sorted(maps.Keys(agents)) {
		r := policy.RulesFor(file, name)
		style := map[protocol.ExecSecurity]screen.Style{protocol.ExecSecurityDeny: screen.Faint, protocol.ExecSecurityFull: screen.Doubt}[r.Security]
		t.Row(screen.Styled(screen.Strong, agentName(name)), screen.Styled(style, may[r.Security]), asked(&r), may[r.Fallback])
	}
	t.Print()
	t = s.Table("agent", "pattern", "used", "for")
	rows := 0
	for _, name := range slices.Sorted(maps.Keys(file.Agents)) {
		for _, e := range file.Agents[name].Allowlist {
			t.Row(agentName(name), screen.Styled(screen.Strong, e.Pattern), used(s, &e), brief(e.LastUsedCommand.V, 60))
			rows++
		}
	}
	if rows == 0 {
		return
	}
	s.Line("")
	s.Line("Allowed without asking:")
	t.Print()
}

// may says what a rule lets run.
var may = map[protocol.ExecSecurity]string{protocol.ExecSecurityDeny: "nothing", protocol.ExecSecurityAllowlist: "what is on the list", protocol.ExecSecurityFull: "everything"}

func asked(r *policy.Rules) string {
	switch {
	case r.Security == protocol.ExecSecurityDeny || r.Ask == protocol.ExecAskOff:
		return "never"
	case r.Ask == protocol.ExecAskAlways:
		return "always"
	case r.Security == protocol.ExecSecurityFull:
		return "never"
	}
	return "about the rest"
}

func agentName(name string) string {
	if name == policy.EveryAgent {
		return "all (*)"
	}
	return name
}

func used(s *screen.Screen, e *protocol.ExecAllowlistEntry) string {
	if !e.LastUsedAt.Set {
		return "never"
	}
	return cmp.Or(s.Ago(e.LastUsedAt.V), "just now")
}
