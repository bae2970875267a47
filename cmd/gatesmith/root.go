package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/gen/run"
)

// The exit statuses.
const (
	exitFound = 1 // something was found, or could not be done
	exitUsage = 2
)

// tool is one call of gatesmith: where it stands, what it says, and the flags
// of every command.
type tool struct {
	wd             string
	stdout, stderr io.Writer
	schema         string // --schema
	format         choice // --format
}

// execute is gatesmith without a process: it carries out one command line in the
// folder wd and returns the exit status.
func execute(args []string, stdin io.Reader, stdout, stderr io.Writer, wd string) int {
	t := &tool{wd: wd, stdout: stdout, stderr: stderr, format: choice{value: "text", allowed: []string{"text", "json"}}}
	root := t.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteC()
	var failed *failure
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFound):
		return exitFound
	case errors.As(err, &failed):
		for line := range strings.SplitSeq(failed.Error(), "\n") {
			t.say("gatesmith: %s", line)
		}
		return exitFound
	}
	t.say("%s: %s (see %s --help)", cmd.CommandPath(), err, cmd.CommandPath())
	return exitUsage
}

// errFound ends a command that has said what it found.
var errFound = errors.New("found something")

// failure is what keeps a command from its work. All other errors that cobra
// returns are about the command line.
type failure struct{ err error }

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usageError is a command line that only the command itself can tell is wrong.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// does makes the body of a command.
func does(f func(args []string) error) func(*cobra.Command, []string) error {
	return func(_ *cobra.Command, args []string) error {
		err := f(args)
		if _, usage := errors.AsType[usageError](err); err == nil || usage || errors.Is(err, errFound) {
			return err
		}
		return &failure{err}
	}
}

func (t *tool) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "gatesmith",
		Short: "Makes Go, documentation and tables of a WebSocket protocol that is written in JSON Schema",
		Long: `Gatesmith makes Go, documentation and tables of a WebSocket protocol that is
written in JSON Schema.

It looks for ` + run.ConfigFile + ` in the working folder and above; the file says where
the schema folder is and what to generate. Without one the schema folder is
./schema.

Exit status: 0; 1 when something was found or could not be done; 2 when the
command line is wrong. Findings and messages go to stderr, data to stdout. With
--format json findings are an array on stdout, and all lines go to stderr.`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	chooses(root)
	flags := root.PersistentFlags()
	flags.StringVar(&t.schema, "schema", "", "the schema `folder`, instead of the one that "+run.ConfigFile+" names")
	flags.Var(&t.format, "format", "how findings are printed: text or json")
	root.AddCommand(t.generateCommand(), t.lintCommand(), t.fmtCommand(), t.irCommand(), t.exportCommand(),
		t.docsCommand(), t.breakingCommand(), t.vendorCommand(), t.initCommand(), t.versionCommand())
	return root
}

// chooses makes a command that has others below it and does nothing itself.
func chooses(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.SuggestionsMinimumDistance = 2
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return errors.New("which command?")
		}
		hint := ""
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = "; did you mean " + strings.Join(near, " or ") + "?"
		}
		return fmt.Errorf("there is no command %q%s", args[0], hint)
	}
}

// noArgs is for commands that take flags only.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q", args[0])
	}
	return nil
}

// choice is a flag with a closed list of values.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.Join(c.allowed, "|") }

func (c *choice) Set(value string) error {
	if !slices.Contains(c.allowed, value) {
		return fmt.Errorf("expected %s", strings.Join(c.allowed, " or "))
	}
	c.value = value
	return nil
}
