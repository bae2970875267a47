package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/gen/run"
)

func (t *tool) generateCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Generates everything that the configuration lists",
		Long: `Generates everything that the configuration lists.

The schema folder is checked first; nothing is written when there is a finding.
Only files whose bytes differ are written, and files that were generated once
and are no longer produced are removed.`,
		Args: noArgs,
		RunE: does(func([]string) error { return t.generate(check) }),
	}
	checkFlag(cmd, &check)
	return cmd
}

func checkFlag(cmd *cobra.Command, check *bool) {
	cmd.Flags().BoolVar(check, "check", false, "write nothing; print what would change, and exit with 1 if something would")
}

func (t *tool) generate(check bool) error {
	p := t.open()
	model, err := t.load(p)
	if err != nil {
		return err
	}
	plan, err := p.Plan(model)
	if err != nil {
		return err
	}
	return t.carryOut(plan, check)
}

// carryOut writes a plan, or shows what writing it would change.
func (t *tool) carryOut(plan *run.Plan, check bool) error {
	if check {
		return t.compare(plan)
	}
	done, err := plan.Write()
	removed := 0
	for _, d := range done {
		verb := "wrote"
		if d.State == run.Orphan {
			verb = "removed"
			removed++
		}
		fmt.Fprintf(t.lines(), "%s %s\n", verb, d.Path)
	}
	if err != nil {
		return err
	}
	var summary []string
	if n := len(done) - removed; n > 0 {
		summary = append(summary, count(n, "file")+" written")
	}
	if removed > 0 {
		summary = append(summary, count(removed, "file")+" removed")
	}
	if len(done) == 0 {
		summary = append(summary, "up to date")
	}
	t.say("%s", strings.Join(summary, ", "))
	return t.nothingFound()
}

func (t *tool) compare(plan *run.Plan) error {
	differences, err := plan.Compare()
	if err != nil {
		return err
	}
	for _, d := range differences {
		fmt.Fprint(t.lines(), d)
	}
	if err := t.nothingFound(); err != nil {
		return err
	}
	if len(differences) > 0 {
		t.say("%s not as generated: run it without --check", count(len(differences), "file"))
		return errFound
	}
	t.say("up to date")
	return nil
}
