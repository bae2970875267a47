package main

import (
	"errors"

	"github.com/spf13/cobra"

	repository "github.com/gatesmith/gatesmith"
	"github.com/gatesmith/gatesmith/gen/run"
	"github.com/gatesmith/gatesmith/gen/vendor"
)

func (t *tool) docsCommand() *cobra.Command {
	var check bool
	var out, html string
	cmd := &cobra.Command{
		Use:   "docs",
		Short: "Generates the reference, and nothing else",
		Long: `Generates the reference, and nothing else: as Markdown the outputs of kind
"reference" in ` + run.ConfigFile + `, or with --out one reference in another folder.

With --html it is a static site: a page for each method and event with examples
as frames and as programs, search, and a panel on each method that calls it
through the generated client, where there is one of the schema. The pages work
from a folder, and on a web server with a content security policy as strict as
"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';
connect-src 'self'" with the addresses of gateways in connect-src. What "site"
says in ` + run.ConfigFile + ` goes into it: guides, the changelog, the command that
calls from a shell.`,
		Args: noArgs,
		RunE: does(func([]string) error {
			if html != "" && out != "" {
				return usagef("--html and --out are both there: expected one of them")
			}
			if html != "" {
				return t.site(check, html)
			}
			return t.docs(check, out)
		}),
	}
	checkFlag(cmd, &check)
	cmd.Flags().StringVar(&out, "out", "", "write the reference to this `folder` instead of the configured ones")
	cmd.Flags().StringVar(&html, "html", "", "write the reference as a static site to this `folder`")
	return cmd
}

func (t *tool) site(check bool, dir string) error {
	p := t.open()
	model, err := t.load(p)
	if err != nil {
		return err
	}
	client, err := vendor.Modules(model.Protocol, repository.Sources)
	if errors.Is(err, vendor.ErrOtherProtocol) {
		t.say("the pages have no panels that call: %s", err)
		client, err = nil, nil
	}
	if err != nil {
		return err
	}
	plan, err := p.PlanSite(model, p.Path(dir), client)
	if err != nil {
		return err
	}
	return t.carryOut(plan, check)
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
