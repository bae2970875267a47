package main

import (
	"fmt"
	"io"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/run"
	"github.com/gatesmith/gatesmith/gen/source"
)

// say prints a message.
func (t *tool) say(format string, args ...any) { fmt.Fprintf(t.stderr, format+"\n", args...) }

// lines is where a command lists what it did. Findings as JSON have stdout for
// themselves, so that it always holds exactly one JSON value.
func (t *tool) lines() io.Writer {
	if t.format.value == "json" {
		return t.stderr
	}
	return t.stdout
}

// open finds the project that the command line is about.
func (t *tool) open() *run.Project { return run.Open(t.wd, t.schema) }

// load reads and checks the schema folder, and fails with what it finds.
func (t *tool) load(p *run.Project) (*run.Model, error) {
	model, list := p.Load()
	return model, t.report(p, model.Tree, list)
}

// report prints findings, and fails when there are some.
func (t *tool) report(p *run.Project, tree *source.Tree, list diag.List) error {
	if len(list) == 0 {
		return nil
	}
	var err error
	if t.format.value == "json" {
		err = diag.WriteJSON(t.stdout, list)
	} else {
		err = diag.WriteText(t.stderr, list, p.Text(tree))
	}
	if err != nil {
		return err
	}
	t.say("%s", count(len(list), "finding"))
	return errFound
}

// nothingFound closes a command that lists findings and had none.
func (t *tool) nothingFound() error {
	if t.format.value == "json" {
		return diag.WriteJSON(t.stdout, nil)
	}
	return nil
}

// count gives a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
