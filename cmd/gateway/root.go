package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// streams are what a command reads and writes, so that it can be tested
// without a process.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// Exit statuses.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitAuth        = 4  // authentication or pairing
	exitUnreachable = 69 // no gateway answers
)

// failure is an error with the exit status that it leads to.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// execute runs a command line. Stop gives up catching signals, so that a
// second one ends the process at once.
func execute(ctx context.Context, stop func(), args []string, s streams) int {
	root := &cobra.Command{
		Use:           "gateway",
		Short:         "A personal-assistant gateway, and the commands to operate it",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &failure{exitUsage, err} })
	root.AddCommand(serveCommand(stop), versionCommand())
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(s.err, "gateway:", err)
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return exitFailed
}

// noArgs refuses arguments as wrong usage.
func noArgs(cmd *cobra.Command, args []string) error {
	if err := cobra.NoArgs(cmd, args); err != nil {
		return &failure{exitUsage, err}
	}
	return nil
}
