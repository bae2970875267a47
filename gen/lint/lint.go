// Package lint checks that a protocol which would compile also serves its
// users: everything described and shown by valid examples, nothing without a
// shape, nothing unused. What makes a schema uncompilable is found earlier, by
// package lower.
package lint

import (
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/shape"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Exception allows one finding, with the reason. An exception that allows
// nothing is a finding itself.
type Exception struct {
	Rule   diag.Rule
	At     string // path#pointer in the schema folder
	Reason string
	Pos    diag.Pos // where the exception stands
}

// Lint checks a protocol and returns what no exception allows.
func Lint(p *ir.Protocol, tree *source.Tree, exceptions []Exception) diag.List {
	l := &linter{p: p, tree: tree, shapes: shape.Build(p), exceptions: exceptions, used: make([]bool, len(exceptions))}
	l.docs()
	l.examples()
	l.defaults()
	l.shapeless()
	l.unused()
	l.unusedExceptions()
	l.list.Sort()
	return l.list
}

type linter struct {
	p          *ir.Protocol
	tree       *source.Tree
	shapes     *shape.Table
	list       diag.List
	exceptions []Exception
	used       []bool
}

// report adds a finding at a location (path#pointer) unless it is allowed.
func (l *linter) report(location string, rule diag.Rule, format string, args ...any) {
	for i, e := range l.exceptions {
		if e.Rule == rule && e.At == location {
			l.used[i] = true
			return
		}
	}
	file, pointer, _ := strings.Cut(location, "#")
	pos := diag.Pos{File: file}
	if f := l.tree.File(file); f != nil {
		pos.File = f.Shown()
		if n := nearest(f.Root, pointer); n != nil {
			pos = place(n)
		}
	}
	l.list.Add(pos, rule, format, args...).Pointer = pointer
}

// nearest finds the value at a pointer, or the last one on the way to it.
func nearest(root *source.Node, pointer string) *source.Node {
	for {
		if n := root.At(pointer); n != nil || pointer == "" {
			return n
		}
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
	}
}

// place is where people look for a value: at its name, if it has one.
func place(n *source.Node) diag.Pos {
	if parent := n.Parent(); parent != nil && parent.Kind == source.Object {
		return parent.KeyPos(n.Key())
	}
	return n.Pos()
}

func (l *linter) unusedExceptions() {
	for i, e := range l.exceptions {
		switch {
		case !diag.Known(e.Rule):
			l.list.Add(e.Pos, diag.ExceptionUnused, "no rule is called %q", e.Rule)
		case !l.used[i]:
			l.list.Add(e.Pos, diag.ExceptionUnused, "the exception for %s at %s allows nothing any more: remove it", e.Rule, e.At)
		}
	}
}
