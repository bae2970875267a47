package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/gen/emit/asyncapi"
	"github.com/gatesmith/gatesmith/gen/emit/bundle"
	"github.com/gatesmith/gatesmith/gen/emit/openrpc"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/run"
)

func (t *tool) exportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Writes the protocol in another form",
	}
	chooses(cmd)
	cmd.AddCommand(t.exportBundleCommand(),
		t.exportOneCommand("asyncapi", "Describes the protocol as AsyncAPI 3", `Describes the protocol as AsyncAPI 3: calls as operations that the server
receives and replies to, events as operations that it sends, messages as whole
frames. Roles, scopes and delivery stand in x- members.`, asyncapi.Document),
		t.exportOneCommand("openrpc", "Describes the calls of the protocol as OpenRPC", `Describes the calls of the protocol as OpenRPC, for tools that make clients or
pages of that. Calls travel in the envelopes of the protocol, not in those of
JSON-RPC. Events, roles, scopes and error codes stand in x- members.`, openrpc.Document))
	return cmd
}

// exportOneCommand makes the command of a form without choices.
func (t *tool) exportOneCommand(name, short, long string, document func(*ir.Protocol) ([]byte, error)) *cobra.Command {
	var out string
	cmd := &cobra.Command{Use: name, Short: short, Long: long, Args: noArgs}
	cmd.RunE = does(func([]string) error {
		p := t.open()
		model, err := t.load(p)
		if err != nil {
			return err
		}
		data, err := document(model.Protocol)
		if err != nil {
			return err
		}
		return t.put(p, out, data)
	})
	outputFlag(cmd, &out)
	return cmd
}

func outputFlag(cmd *cobra.Command, out *string) {
	cmd.Flags().StringVarP(out, "output", "o", "", "write to this `file` instead of stdout")
}

// put writes data to the file that was named, or to stdout.
func (t *tool) put(p *run.Project, out string, data []byte) error {
	if out == "" || out == "-" {
		_, err := t.stdout.Write(data)
		return err
	}
	return t.save(p, out, data)
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
	outputFlag(cmd, &out)
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
	return t.put(p, out, data)
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
