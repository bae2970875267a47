package main

import (
	"context"
	"fmt"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/internal/approvals/policy"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func approvalsAllowCommand() *cobra.Command {
	f, agent := &policyFile{}, policy.DefaultAgent
	cmd := &cobra.Command{
		Use:   "allow PATTERN …",
		Short: "Lets an agent run programs without asking",
		Long: `Lets an agent run programs without asking. A PATTERN is the path of a program, in
which ~ is the home folder, ? one character, * any of a name, and ** any at all.

An agent that may run nothing at all may run these, and nothing else without a
person's leave.`,
		Example: examples("gateway approvals allow /usr/bin/uname", `gateway approvals allow --node my-laptop --agent '*' '/usr/bin/git' '~/bin/*'`),
		Args:    takes(1, -1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		for _, p := range args {
			if err := checkPattern(p); err != nil {
				return err
			}
		}
		now, err := f.get(ctx, c)
		if err != nil {
			return err
		}
		before := policy.RulesFor(&now.File, agent)
		added := allow(&now.File, agent, args)
		if before.Security != protocol.ExecSecurityDeny && added == 0 {
			if c.screen.JSON {
				return c.screen.Raw(now.AppendJSON(nil))
			}
			c.screen.Line("It is allowed already.")
			return nil
		}
		done, err := f.set(ctx, c, &now.File, now.Hash)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("Allowed for %s: %s.", agentName(agent), strings.Join(args, ", "))
		if before.Security == protocol.ExecSecurityDeny {
			c.screen.Line("It could run nothing before; now people are asked about the rest.")
		}
		return nil
	})
	f.register(cmd)
	cmd.Flags().StringVar(&agent, "agent", agent, "the `agent`; * for all")
	return cmd
}

// checkPattern refuses what would cover nothing.
func checkPattern(p string) error {
	if path.IsAbs(p) || filepath.IsAbs(p) || strings.HasPrefix(p, "~/") {
		return nil
	}
	hint := ""
	if found, err := exec.LookPath(p); err == nil && filepath.IsAbs(found) {
		hint = ": here that is " + found
	}
	return usagef("%q is no path, so that it does not say which program is meant%s", p, hint)
}

// allow adds patterns that are not there; it gives how many these are. An agent
// that may run nothing may then run what is on the list.
func allow(file *protocol.ExecApprovalsFile, agent string, patterns []string) (added int) {
	if file.Agents == nil {
		file.Agents = map[string]protocol.ExecApprovalsAgent{}
	}
	a := file.Agents[agent]
	for _, p := range patterns {
		if !slices.ContainsFunc(a.Allowlist, func(e protocol.ExecAllowlistEntry) bool { return e.Pattern == p }) {
			a.Allowlist = append(a.Allowlist, protocol.ExecAllowlistEntry{Pattern: p})
			added++
		}
	}
	file.Agents[agent] = a
	if policy.RulesFor(file, agent).Security == protocol.ExecSecurityDeny {
		a.Security = wire.Some(protocol.ExecSecurityAllowlist)
		file.Agents[agent] = a
	}
	return added
}

func approvalsRemoveCommand() *cobra.Command {
	f, agent := &policyFile{}, policy.DefaultAgent
	cmd := &cobra.Command{
		Use:     "remove PATTERN …",
		Short:   "Takes programs off an agent's list",
		Long:    `Takes programs off an agent's list, by the pattern as list shows it.`,
		Example: examples("gateway approvals remove /usr/bin/uname"),
		Args:    takes(1, -1),
	}
	asks(cmd, func(ctx context.Context, c *conversation, args []string) error {
		now, err := f.get(ctx, c)
		if err != nil {
			return err
		}
		a := now.File.Agents[agent]
		for _, p := range args {
			was := len(a.Allowlist)
			if a.Allowlist = slices.DeleteFunc(a.Allowlist, func(e protocol.ExecAllowlistEntry) bool { return e.Pattern == p || e.ID.V == p }); len(a.Allowlist) == was {
				return fmt.Errorf("%q is not on the list of %s: gateway approvals list shows what is", p, agentName(agent))
			}
		}
		now.File.Agents[agent] = a
		done, err := f.set(ctx, c, &now.File, now.Hash)
		if err != nil {
			return err
		}
		if c.screen.JSON {
			return c.screen.Raw(done.AppendJSON(nil))
		}
		c.screen.Line("No longer allowed for %s: %s.", agentName(agent), strings.Join(args, ", "))
		return nil
	})
	f.register(cmd)
	cmd.Flags().StringVar(&agent, "agent", agent, "the `agent`; * for the list of all")
	return cmd
}
