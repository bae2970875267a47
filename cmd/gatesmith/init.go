package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"

	"github.com/gatesmith/gatesmith/cmd/gatesmith/internal/scaffold"
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/run"
)

func (t *tool) initCommand() *cobra.Command {
	var modulePath string
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Starts a new protocol in a folder",
		Long: `Starts a new protocol in a folder: a schema folder with a small example, ` + run.ConfigFile + `,
the metaschemas and the settings that bind editors to them, and a Go file that
regenerates everything with go generate. Then it generates the Go and the
reference. Where DIR is in no Go module, it makes one. Nothing is written when a
file is there already.

--schema names the schema folder within DIR.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("expected one folder, got %d", len(args))
			}
			return nil
		},
		RunE: does(func(args []string) error { return t.init(args[0], modulePath) }),
	}
	cmd.Flags().StringVar(&modulePath, "module", "", "the `path` of the Go module to make (default example.com/<name of DIR>)")
	return cmd
}

func (t *tool) init(dir, modulePath string) error {
	schema := "schema"
	if t.schema != "" {
		schema = path.Clean(filepath.ToSlash(t.schema))
	}
	if !fs.ValidPath(schema) || schema == "." {
		return usagef("--schema %q: with init it names a folder within DIR", t.schema)
	}
	root := dir
	if !filepath.IsAbs(root) {
		root = filepath.Join(t.wd, root)
	}
	mod, err := findModule(root)
	if err != nil {
		return err
	}
	name := scaffold.ProtocolName(filepath.Base(filepath.Clean(root)))
	switch {
	case mod.path != "" && modulePath != "":
		return usagef("--module %q: %s is in the module %s already", modulePath, dir, mod.path)
	case mod.path != "":
	case modulePath == "":
		modulePath = "example.com/" + name
	}
	made := modulePath != ""
	if made {
		if err := module.CheckImportPath(modulePath); err != nil {
			return usagef("--module: %s", err)
		}
		mod = goModule{dir: root, path: modulePath}
	}
	imported := path.Join(mod.path, mod.within(root))
	files, err := scaffold.Project{Name: name, Schema: schema, Import: imported}.Files()
	if err != nil {
		return err
	}
	if made {
		files = append(files, emit.File{Path: "go.mod", Data: newModule(mod.path)})
		emit.Sort(files)
	}
	if err := t.nothingThere(dir, root, files); err != nil {
		return err
	}
	for _, f := range files {
		if err := run.WriteFile(filepath.Join(root, filepath.FromSlash(f.Path)), f.Data); err != nil {
			return fmt.Errorf("%s: cannot write: %w", path.Join(filepath.ToSlash(dir), f.Path), err)
		}
		fmt.Fprintf(t.lines(), "wrote %s\n", path.Join(filepath.ToSlash(dir), f.Path))
	}
	t.schema = filepath.Join(root, filepath.FromSlash(schema))
	if err := t.generate(false); err != nil {
		return err
	}
	t.nextSteps(dir, mod, made)
	return nil
}

// nothingThere fails with all that stands where the project is to go.
func (t *tool) nothingThere(dir, root string, files []emit.File) error {
	if info, err := os.Stat(root); err == nil && !info.IsDir() {
		return fmt.Errorf("%s: it is a file, not a folder", dir)
	}
	var paths []string
	for _, f := range files {
		paths = append(paths, f.Path)
	}
	paths = append(paths, scaffold.GoDir, scaffold.ReferenceDir)
	slices.Sort(paths)
	var found error
	for _, p := range paths {
		shown := path.Join(filepath.ToSlash(dir), p)
		switch _, err := os.Lstat(filepath.Join(root, filepath.FromSlash(p))); {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			t.say("cannot be made: %s: %s", shown, run.Plain(err))
		default:
			t.say("exists: %s", shown)
		}
		found = errFound
	}
	if found != nil {
		t.say("init overwrites nothing: nothing was written")
	}
	return found
}
