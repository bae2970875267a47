package reference

import (
	"bytes"
	"go/scanner"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/emittest"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// realSchema is the protocol that this repository is about.
func realSchema(t *testing.T) *ir.Protocol {
	t.Helper()
	const folder = "../../../schema"
	if _, err := os.Stat(filepath.Join(folder, dialect.ManifestFile)); err != nil {
		t.Fatalf("the schema folder is missing: %s", err)
	}
	tree, list := source.Load(os.DirFS(folder), "schema")
	p, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		t.Fatalf("%v: %s", d.Pos, d.Message)
	}
	return p
}

func emitted(t *testing.T, p *ir.Protocol) []emit.File {
	t.Helper()
	return emittest.Emit(t, Emitter{}, p)
}

func TestRealSchemaIsDeterministic(t *testing.T) {
	first, second := emitted(t, realSchema(t)), emitted(t, realSchema(t))
	for i, f := range first {
		if !bytes.Equal(f.Data, second[i].Data) {
			t.Errorf("%s differs between two runs", f.Path)
		}
	}
}

func TestRealSchemaPages(t *testing.T) {
	docs := map[string]*document{}
	files := emitted(t, realSchema(t))
	for _, f := range files {
		docs[f.Path] = parsePage(string(f.Data))
	}
	for _, f := range files {
		if !strings.HasPrefix(string(f.Data), "<!-- "+emit.Header+" -->\n") {
			t.Errorf("%s does not begin with the header", f.Path)
		}
		d := docs[f.Path]
		d.checkTables(t, f.Path)
		d.checkMarkup(t, f.Path)
		d.checkAnchors(t, f.Path)
		d.checkExamples(t, f.Path)
		for _, target := range d.links {
			file, anchor, _ := strings.Cut(target, "#")
			to := f.Path
			if file != "" {
				to = path.Join(path.Dir(f.Path), file)
			}
			if docs[to] == nil {
				t.Errorf("%s: link to %s, which is no page", f.Path, target)
			} else if anchor != "" && !slices.Contains(docs[to].anchors(), anchor) {
				t.Errorf("%s: link to %s, but %s has no such anchor", f.Path, target, to)
			}
		}
	}
}

// TestRealSchemaIsDescribed looks for the description of everything that
// clients see: methods, events, frames, types and each of their members.
func TestRealSchemaIsDescribed(t *testing.T) {
	p := realSchema(t)
	b := newBook(p, false)
	docs := map[string]*document{}
	for _, f := range emitted(t, p) {
		docs[f.Path] = parsePage(string(f.Data))
	}
	has := func(page, what, text string) {
		if !strings.Contains(docs[page].plain, plainText(text)) {
			t.Errorf("%s lacks the description of %s: %s", page, what, text)
		}
	}
	members := func(page, what string, own *ir.Type) {
		for _, f := range own.Fields {
			if tag := f.Use.Type.Const != nil || len(f.Use.Type.Except) > 0; f.Doc != "" && !tag { // tags are told in other words
				has(page, what+"."+f.Wire, f.Doc)
			}
		}
	}
	for _, m := range p.Methods {
		at := b.methodPlace(m)
		if !slices.Contains(docs[at.page].explicit, m.Wire) {
			t.Errorf("%s has no anchor %s", at.page, m.Wire)
		}
		has(at.page, m.Wire, m.Doc)
		has(indexPage, m.Wire, firstSentence(m.Doc))
		for _, e := range m.Errors {
			has(at.page, "error "+e.Message, e.When)
			has(errorsPage, "error "+e.Message, e.When)
		}
	}
	for _, e := range p.Events {
		if !slices.Contains(docs[eventsPage].explicit, e.Wire) {
			t.Errorf("%s has no anchor %s", eventsPage, e.Wire)
		}
		has(eventsPage, e.Wire, e.Doc)
	}
	for _, o := range b.owners {
		if o.self != nil {
			has(o.to.page, o.label, o.self.Doc)
			members(o.to.page, o.label, o.self)
		}
		b.walkOwn(o, func(x *ir.Type, shared bool) {
			if !shared {
				members(o.to.page, o.label, x)
			}
		})
	}
	for _, x := range p.Types {
		if used := x.Inbound || x.Outbound; used && declaredShared(x) && b.homes[x].page == "" {
			t.Errorf("type %s has no entry", b.typeName(x))
		}
	}
}

// TestNamesNoProtocol keeps names of the real protocol out of the code: those
// that cannot be ordinary words.
func TestNamesNoProtocol(t *testing.T) {
	p := realSchema(t)
	var names []string
	for _, m := range p.Methods {
		if strings.ContainsAny(m.Wire, ".-") {
			names = append(names, m.Wire)
		}
	}
	for _, x := range p.Types {
		if len(x.Name.Words()) > 1 {
			names = append(names, x.Name.Pascal(p.Initialisms))
		}
	}
	names = append(append(names, p.RoleNames()...), p.ScopeNames()...)
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var s scanner.Scanner
		set := token.NewFileSet()
		s.Init(set.AddFile(file, -1, len(src)), src, nil, 0)
		for {
			pos, tok, lit := s.Scan()
			if tok == token.EOF {
				break
			}
			text, err := strconv.Unquote(lit)
			if tok == token.STRING && err == nil && slices.Contains(names, text) {
				t.Errorf("%s: %q is a name of one protocol", set.Position(pos), text)
			}
		}
	}
}

func TestLimitsOfEveryKind(t *testing.T) {
	for _, kind := range ir.CheckKinds {
		x := &ir.Type{Kind: ir.String, Checks: []ir.Check{{Kind: kind, Text: "uuid", Limit: ir.Value{Int: 2, JSON: "2"}}}}
		if len(limits(x)) == 0 {
			t.Errorf("limit %s is not put into words", kind)
		}
	}
}

func TestFirstSentence(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"One. Two.", "One."},
		{"See `a. B`. Then.", "See `a. B`."},
		{"Such, e.g. this one. Two.", "Such, e.g. this one."},
		{"No stop", "No stop"},
		{"Version 1.2 is live. Two.", "Version 1.2 is live."},
	} {
		if got := firstSentence(c.text); got != c.want {
			t.Errorf("firstSentence(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}
