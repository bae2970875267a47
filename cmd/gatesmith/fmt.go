package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gatesmith/gatesmith/gen/format"
	"github.com/gatesmith/gatesmith/gen/run"
)

func (t *tool) fmtCommand() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "fmt",
		Short: "Gives the files of the schema folder their canonical layout",
		Long: `Gives the files of the schema folder their canonical layout, and lists those that
changed. Nothing that a file says is changed, but for one thing: the tag of an
open branch of a union is kept in step with the tags of the others. Nothing is
written when a file cannot be read.`,
		Args: noArgs,
		RunE: does(func([]string) error { return t.fmt(check) }),
	}
	cmd.Flags().BoolVar(&check, "check", false, "write nothing; list what would change, and exit with 1 if something would")
	return cmd
}

func (t *tool) fmt(check bool) error {
	p := t.open()
	tree, list := p.Read()
	if err := t.report(p, tree, list); err != nil {
		return err
	}
	changed, err := format.Tree(tree)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		path := filepath.Join(p.SchemaDir(), filepath.FromSlash(name))
		if !check {
			if err := run.WriteFile(path, changed[name]); err != nil {
				return fmt.Errorf("%s: cannot write: %w", p.Shown(path), err)
			}
		}
		fmt.Fprintln(t.lines(), p.Shown(path))
	}
	if err := t.nothingFound(); err != nil {
		return err
	}
	switch {
	case len(changed) == 0:
		t.say("all files have the canonical layout")
	case check:
		t.say("%s not in the canonical layout: run gatesmith fmt", count(len(changed), "file"))
		return errFound
	default:
		t.say("%s formatted", count(len(changed), "file"))
	}
	return nil
}
