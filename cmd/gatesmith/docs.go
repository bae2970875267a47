package main

import (
	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/gen/run"
)

func (t *tool) docsCommand() *cobra.Command {
	var check bool
	var out string
	cmd := &cobra.Command{
		Use:   "docs",
		Short: "Generates the reference, and nothing else",
		Long: `Generates the reference as Markdown, and nothing else: the outputs of kind
"reference" in ` + run.ConfigFile + `, or with --out one reference in another folder.`,
		Args: noArgs,
		RunE: does(func([]string) error { return t.docs(check, out) }),
	}
	checkFlag(cmd, &check)
	cmd.Flags().StringVar(&out, "out", "", "write the reference to this `folder` instead of the configured ones")
	return cmd
}

func (t *tool) docs(check bool, out string) error {
	p := t.open()
	model, err := t.load(p)
	if err != nil {
		return err
	}
	var plan *run.Plan
	if out != "" {
		plan, err = p.PlanOutput(model, run.Output{Kind: run.Reference, Dir: p.Path(out)})
	} else {
		plan, err = p.Plan(model, run.Reference)
	}
	if err != nil {
		return err
	}
	return t.carryOut(plan, check)
}
