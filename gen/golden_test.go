// Package gen_test runs the whole generator over small schema folders: what
// it says of each, and the Go it makes of it.
package gen_test

import (
	"bytes"
	"flag"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/golang"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lint"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

var update = flag.Bool("update", false, "rewrite what the archives in testdata expect, and the generated chat room")

// exceptionsFile is where a case's exceptions are said to stand.
const exceptionsFile = "exceptions"

// outcome is what the generator makes of a case.
type outcome struct {
	tree     *source.Tree
	model    *ir.Protocol
	findings diag.List
	text     string
	files    []emit.File // when there are no findings
}

// TestGolden compares the findings and the emitted Go of every case with what
// its archive expects. One command rewrites them all: go test ./gen -update.
func TestGolden(t *testing.T) {
	changed := map[*archive]bool{}
	for _, c := range cases(t) {
		t.Run(c.name, func(t *testing.T) {
			o := c.run(t)
			switch {
			case c.prefix == "pass/" && len(o.findings) > 0:
				t.Errorf("%s should have no findings:\n%s", c, o.text)
			case c.prefix == "fail/" && len(o.findings) == 0:
				t.Errorf("%s should have findings", c)
			}
			if len(c.want) == 0 && c.prefix != "pass/" {
				t.Errorf("%s expects nothing: add -- %swant/findings --", c, c.prefix)
			}
			for _, w := range c.want {
				got := c.produced(t, o, w)
				if !bytes.Equal(got, w.Data) {
					changed[c.archive] = true
					if !*update {
						t.Errorf("%s: %s differs (go test ./gen -update rewrites it):\n%s", c, w.Name, got)
					}
					w.Data = got
				}
			}
		})
	}
	for a := range changed {
		if *update {
			if err := a.save(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// run takes a case through all stages, as gatesmith generate does: lint sees
// only what compiles, and nothing is emitted with findings.
func (c *caseFolder) run(t *testing.T) *outcome {
	t.Helper()
	if c.outcome != nil {
		return c.outcome
	}
	o := &outcome{}
	c.outcome = o
	o.tree, o.findings = source.Load(c.FS(), "schema")
	var more diag.List
	o.model, more = lower.Lower(o.tree)
	if o.findings = append(o.findings, more...); len(o.findings) == 0 {
		o.findings = lint.Lint(o.model, o.tree, c.allowed(t))
	}
	o.findings.Sort()
	var b bytes.Buffer
	if err := diag.WriteText(&b, o.findings, o.tree.Text); err != nil {
		t.Fatal(err)
	}
	o.text = b.String()
	if len(o.findings) == 0 {
		var err error
		if o.files, err = emitter.Emit(o.model); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// emitter emits a case's Go.
var emitter = golang.Emitter{Package: "thing", Import: "example.test/thing", Wire: "github.com/gatesmith/gatesmith/protocol/wire"}

// allowed reads a case's exceptions.
func (c *caseFolder) allowed(t *testing.T) []lint.Exception {
	t.Helper()
	var out []lint.Exception
	for i, line := range strings.Split(strings.TrimSpace(c.exceptions), "\n") {
		words := strings.SplitN(line, " ", 3)
		if line == "" {
			continue
		}
		if len(words) != 3 {
			t.Fatalf("%s: exception %q is not: rule place reason", c, line)
		}
		out = append(out, lint.Exception{Rule: diag.Rule(words[0]), At: words[1], Reason: words[2],
			Pos: diag.Pos{File: exceptionsFile, Line: i + 1, Col: 1}})
	}
	return out
}

// produced is what the generator gives for a wanted file.
func (c *caseFolder) produced(t *testing.T, o *outcome, w *txtar.File) []byte {
	t.Helper()
	file, declarations := c.output(w)
	if file == "findings" {
		return []byte(o.text)
	}
	for _, f := range o.files {
		if f.Path == file {
			return excerpt(t, f, declarations)
		}
	}
	t.Errorf("%s: no file %s is emitted; findings:\n%s", c, file, o.text)
	return nil
}
