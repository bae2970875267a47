package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// streams are what a command reads and writes, so that it can be tested
// without a process.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// The groups of commands in the help.
const (
	groupRun     = "run"
	groupAsk     = "ask"
	groupOperate = "operate"
)

// execute runs a command line. Stop gives up catching signals, so that a
// second one ends the process at once.
func execute(ctx context.Context, stop func(), args []string, s streams) int {
	root := rootCommand(stop)
	root.SetArgs(args)
	root.SetIn(s.in)
	out := &output{Writer: s.out}
	root.SetOut(out)
	root.SetErr(s.err)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = out.failed
	}
	if err != nil {
		asJSON, _ := cmd.Flags().GetBool("json")
		report(s.err, err, asJSON)
	}
	return exitStatus(err)
}

// output remembers that something could not be written: then the command has
// not done what it was asked for.
type output struct {
	io.Writer
	failed error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if o.failed == nil {
		o.failed = err
	}
	return n, err
}

// Unwrap gives what is written to, which may be a terminal.
func (o *output) Unwrap() io.Writer { return o.Writer }

func rootCommand(stop func()) *cobra.Command {
	root := &cobra.Command{
		Use:   "gateway",
		Short: "A personal-assistant gateway, and the commands to operate it",
		Long: `A personal-assistant gateway, and the commands to operate it.

Exit status: 0; 1 when something failed; 2 when the command line is wrong; 4 when
the gateway does not let this client in; 69 when no gateway answers. What was
asked for goes to stdout, messages go to stderr.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	chooses(root)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w (see %s --help)", err, cmd.CommandPath())
	})
	root.AddGroup(&cobra.Group{ID: groupRun, Title: "To run a gateway:"},
		&cobra.Group{ID: groupAsk, Title: "To ask a gateway that runs:"},
		&cobra.Group{ID: groupOperate, Title: "To look after its state:"})
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add(groupRun, setupCommand(), serveCommand(stop))
	add(groupAsk, chatCommand(), agentCommand(), sendCommand(), pollCommand(), sessionsCommand(), channelsCommand(), cronCommand(), skillsCommand(),
		healthCommand(), statusCommand(), presenceCommand(), usageCommand(), callCommand(), watchCommand(), logsCommand())
	add(groupAsk, devicesCommand(), nodeCommand(), approvalsCommand())
	add(groupOperate, configCommand(), doctorCommand(), benchCommand(), backupCommand(), restoreCommand())
	root.AddCommand(versionCommand())
	return root
}

// chooses makes a command that has others below it and does nothing itself.
func chooses(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.SuggestionsMinimumDistance = 2
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		hint := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = ": did you mean " + strings.Join(near, " or ") + "?"
		}
		return usagef("there is no command %q%s (see %s --help)", args[0], hint, cmd.CommandPath())
	}
}

// takes checks the number of arguments: at least and at most so many, any
// number with a negative most.
func takes(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("%s is missing an argument: %s", cmd.CommandPath(), cmd.UseLine())
		case most >= 0 && len(args) > most:
			return usagef("unexpected argument %q: %s", args[most], cmd.UseLine())
		}
		return nil
	}
}

// noArgs refuses arguments as wrong usage.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("unexpected argument %q (see %s --help)", args[0], cmd.CommandPath())
	}
	return nil
}

// examples are a command's, indented as cobra wants them.
func examples(lines ...string) string {
	return fmt.Sprintf("  %s", strings.Join(lines, "\n  "))
}
