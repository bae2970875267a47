package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	repository "github.com/gatesmith/gatesmith"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/run"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/gen/vendor"
	"github.com/gatesmith/gatesmith/schema"
)

func (t *tool) vendorCommand() *cobra.Command {
	var check bool
	var out string
	o := vendor.Options{Tool: ownVersion()}
	lang := choice{value: "go", allowed: vendor.Languages()}
	cmd := &cobra.Command{
		Use:   "vendor --out FOLDER",
		Short: "Writes a client of the protocol into another tree, complete with its runtime",
		Long: `Writes a client of the protocol into another tree: the generated code and the
runtime under it, with imports that lead to that folder. Nothing of gatesmith is
needed to build it. In Go it requires github.com/coder/websocket, in Python the
package websockets, in TypeScript and JavaScript nothing.

With --groups only those methods, the events that they lead to and what the
runtime itself needs are written. The folder says in ` + vendor.RecordFile + ` what it
was made from. With --check nothing is written, and the exit status is 1 when the
folder is not as it would be written: for the checks of that tree.

The schema is the one of --schema or of ` + run.ConfigFile + `; where there is neither,
that of the gateway that this gatesmith belongs to.`,
		Args: noArgs,
		RunE: does(func([]string) error {
			o.Language = lang.value
			return t.vendor(o, out, check)
		}),
	}
	checkFlag(cmd, &check)
	flags := cmd.Flags()
	flags.Var(&lang, "lang", "the language of the client")
	flags.StringVar(&out, "out", "", "the `folder` to write to; what was generated there and is no longer needed is removed")
	flags.StringSliceVar(&o.Groups, "groups", nil, "the `groups` of methods to write, separated by commas; all when absent")
	flags.StringVar(&o.Package, "package", "", "what the folder is known as: for Go its import `path`, found by the go.mod above it when absent")
	return cmd
}

func (t *tool) vendor(o vendor.Options, out string, check bool) error {
	if out == "" {
		return usagef("--out is missing: expected the folder to write to")
	}
	p := t.open()
	protocol, err := t.vendored(p)
	if err != nil {
		return err
	}
	dir := p.Path(out)
	if o.Package == "" && o.Language == "go" {
		if o.Package, err = importPath(dir); err != nil {
			return err
		}
	}
	files, err := vendor.Files(protocol, repository.Sources, o)
	if err != nil {
		return err
	}
	return t.carryOut(p.PlanFiles(dir, files), check)
}

// vendored is the protocol that a client is written of.
func (t *tool) vendored(p *run.Project) (*ir.Protocol, error) {
	if _, err := os.Stat(p.SchemaDir()); t.schema == "" && !p.Configured() && errors.Is(err, fs.ErrNotExist) {
		tree, list := source.Load(schema.Files, "schema")
		protocol, more := lower.Lower(tree)
		return protocol, t.report(p, tree, append(list, more...))
	}
	model, err := t.load(p)
	return model.Protocol, err
}

// importPath is a folder's import path by the go.mod above it.
func importPath(dir string) (string, error) {
	mod, err := findModule(dir)
	if err != nil {
		return "", err
	}
	if mod.path == "" {
		return "", usagef("--package is missing: no go.mod above %s says how its packages are imported", filepath.Base(dir))
	}
	return strings.TrimSuffix(path.Join(mod.path, mod.within(dir)), "/."), nil
}
