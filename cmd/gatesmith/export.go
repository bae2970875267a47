package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/gen/emit/bundle"
	"github.com/gatesmith/gatesmith/gen/run"
)

func (t *tool) exportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Writes the protocol in another form",
	}
	chooses(cmd)
	cmd.AddCommand(t.exportBundleCommand())
	return cmd
}

func (t *tool) exportBundleCommand() *cobra.Command {
	draft := choice{value: "2020-12", allowed: []string{"2020-12", "7"}}
	var out string
	cmd := &cobra.Command{
		Use:   "bundle",
		Short: "Writes the whole protocol as one JSON Schema file",
		Long: `Writes the whole protocol as one JSON Schema file, for tools that take no folder.

Draft 2020-12 is the schema folder itself, with the files as entries of $defs.
Draft 7 is made from the model, for older tools: what that draft cannot say is
spelled out, so composed objects are flattened.`,
		Args: noArgs,
		RunE: does(func([]string) error { return t.exportBundle(draft.value, out) }),
	}
	cmd.Flags().Var(&draft, "draft", "the JSON Schema draft: 2020-12 or 7")
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this `file` instead of stdout")
	return cmd
}

func (t *tool) exportBundle(draft, out string) error {
	p := t.open()
	model, err := t.load(p)
	if err != nil {
		return err
	}
	var data []byte
	if draft == "7" {
		data, err = bundle.Draft07(model.Protocol)
	} else {
		data, err = bundle.Draft2020(model.Tree)
	}
	if err != nil {
		return err
	}
	if out == "" || out == "-" {
		_, err = t.stdout.Write(data)
		return err
	}
	return t.save(p, out, data)
}

// save writes a file that the user named, if it is not as it should be.
func (t *tool) save(p *run.Project, out string, data []byte) error {
	path := p.Path(out)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		t.say("%s is up to date", out)
		return nil
	}
	if err := run.WriteFile(path, data); err != nil {
		return fmt.Errorf("%s: cannot write: %w", out, err)
	}
	t.say("wrote %s", out)
	return nil
}
