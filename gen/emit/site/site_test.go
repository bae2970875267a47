package site

import (
	"bytes"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/emittest"
	"github.com/gatesmith/gatesmith/gen/emit/golang"
	"github.com/gatesmith/gatesmith/gen/emit/python"
	"github.com/gatesmith/gatesmith/gen/emit/typescript"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/source"
)

// whole is a site with one of each thing.
var whole = Emitter{
	Command:    "room call",
	Go:         &golang.Client{Package: "client", Import: "example.com/client", Protocol: "example.com/protocol", Wire: "example.com/wire"},
	TypeScript: &typescript.Emitter{Wire: "wire", Base: "base"},
	Python:     &python.Emitter{Wire: "wire"},
	Guides: []Document{{"docs/guide.md", []byte("# A guide\n\nSee [the types](reference/types.md), [a file](../main.go), [the web](https://example.com/).\n\n" +
		"## Steps\n\n```sequence\na -> b: <hello>\nnote b: thinks\nb --> a: well\n```\n\n<script>alert(1)</script>\n\nText with <b onclick=x>HTML</b>.\n\n![a picture](https://example.com/x.png)\n")}},
	Changelog: &Document{"CHANGELOG.md", []byte("# Changes\n\n## 1.0\n\nThe first, see [the guide](docs/guide.md#steps).\n")},
	Reference: "docs/reference",
	Client:    []emit.File{{Path: ClientModule, Data: []byte("export class Client {}\n")}, {Path: TablesModule, Data: []byte("export const methods = {};\n")}},
}

// some emits the files that the archive shows.
type some struct{ Emitter }

func (s some) Emit(p *ir.Protocol) ([]emit.File, error) {
	files, err := s.Emitter.Emit(p)
	return slices.DeleteFunc(files, func(f emit.File) bool {
		return !slices.Contains([]string{"methods/say.html", "events/room.said.html", "guides/guide.html", "access.html", "assets/search-index.js"}, f.Path)
	}), err
}

func TestGolden(t *testing.T) { emittest.Golden(t, some{whole}, "site") }

func realProtocol(t *testing.T) *ir.Protocol {
	t.Helper()
	tree, list := source.Load(os.DirFS("../../../schema"), "schema")
	p, more := lower.Lower(tree)
	for _, d := range append(list, more...) {
		t.Fatalf("%v: %s", d.Pos, d.Message)
	}
	return p
}

func TestRealSchemaIsDeterministic(t *testing.T) {
	first, second := emittest.Emit(t, whole, realProtocol(t)), emittest.Emit(t, whole, realProtocol(t))
	for i, f := range first {
		if !bytes.Equal(f.Data, second[i].Data) {
			t.Errorf("%s differs between two runs", f.Path)
		}
	}
}

// TestEveryLinkLeadsSomewhere, and every page is one that a strict content
// security policy lets through and that needs nothing from elsewhere.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	p := realProtocol(t)
	pages, ids := map[string]*html.Node{}, map[string][]string{}
	have := map[string]bool{}
	for _, f := range emittest.Emit(t, whole, p) {
		have[f.Path] = true
		if path.Ext(f.Path) != ".html" {
			continue
		}
		doc, err := html.Parse(bytes.NewReader(f.Data))
		if err != nil {
			t.Fatal(err)
		}
		pages[f.Path] = doc
		for n := range doc.Descendants() {
			if id := attribute(n, "id"); id != "" {
				if slices.Contains(ids[f.Path], id) {
					t.Errorf("%s: id %q is there twice", f.Path, id)
				}
				ids[f.Path] = append(ids[f.Path], id)
			}
		}
	}
	if n := len(p.Methods) + len(p.Events); len(pages) < n+10 {
		t.Errorf("%d pages for %d methods and events", len(pages), n)
	}
	for at, doc := range pages {
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			checkStrict(t, at, n)
			for _, name := range []string{"href", "src", "data-client", "data-tables"} {
				target := attribute(n, name)
				if target == "" {
					continue
				}
				if strings.Contains(target, "://") {
					if n.Data != "a" {
						t.Errorf("%s: %s comes from elsewhere", at, target)
					}
					continue
				}
				file, anchor, _ := strings.Cut(target, "#")
				to := at
				if file != "" {
					to = path.Join(path.Dir(at), file)
				}
				switch {
				case !have[to]:
					t.Errorf("%s: %s leads to no file", at, target)
				case anchor != "" && !slices.Contains(ids[to], anchor):
					t.Errorf("%s: %s: %s has no such anchor", at, target, to)
				}
			}
		}
	}
}

// checkStrict finds what a strict content security policy forbids.
func checkStrict(t *testing.T, at string, n *html.Node) {
	t.Helper()
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.TrimSpace(a.Val), "javascript:") {
			t.Errorf("%s: <%s %s=%q> is inline", at, n.Data, a.Key, a.Val)
		}
	}
	if n.Data == "style" || n.Data == "iframe" || n.Data == "img" || n.Data == "script" && (n.FirstChild != nil || attribute(n, "src") == "") {
		t.Errorf("%s: <%s>", at, n.Data)
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// TestEveryExampleIsThere in every language that clients speak it in.
func TestEveryExampleIsThere(t *testing.T) {
	p := realProtocol(t)
	pages := map[string]string{}
	for _, f := range emittest.Emit(t, whole, p) {
		pages[f.Path] = string(f.Data)
	}
	for _, m := range p.Methods {
		page := pages["methods/"+m.Wire+".html"]
		want := 0
		for _, x := range m.Examples {
			if x.Params != nil && !m.Runtime && (x.Dialect == nil || x.Dialect == p.Canonical()) {
				want++
			}
		}
		for _, form := range []string{"Go", "TypeScript", "Python", "Shell"} {
			if got := strings.Count(page, `<div class="form" data-form="`+form+`">`); got != want {
				t.Errorf("%s has %d examples in %s, want %d", m.Wire, got, form, want)
			}
		}
		if got, want := strings.Contains(page, `class="try"`), !m.Runtime && m.NotOffered == ""; got != want {
			t.Errorf("%s can be called: %v", m.Wire, got)
		}
	}
}

func TestSequenceRefuses(t *testing.T) {
	for _, text := range []string{"", "a -> a: x", "a > b: x", "a -> b"} {
		if _, err := sequenceSVG(text, "x"); err == nil {
			t.Errorf("%q is taken for a sequence", text)
		}
	}
}

func TestNestedMembers(t *testing.T) {
	table := &table{}
	for _, c := range []struct {
		path  string
		depth int
		leaf  string
	}{
		{"a", 0, "a"}, {"a.b", 1, "b"}, {"a.b[].c", 2, "c"}, {"a.d", 1, "d"}, {"ab", 0, "ab"}, {"e", 0, "e"}, {"e.*.f", 1, "f"}, {"e.*.f[][].g", 2, "g"},
	} {
		if depth := table.descend(c.path); depth != c.depth {
			t.Errorf("%s is at depth %d, want %d", c.path, depth, c.depth)
		}
		if _, leaf := table.leaf(); leaf != c.leaf {
			t.Errorf("%s ends in %q, want %q", c.path, leaf, c.leaf)
		}
	}
}
