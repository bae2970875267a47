package run

import (
	"fmt"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/lint"
	"github.com/gatesmith/gatesmith/gen/source"
)

// configReader turns a configuration file into a Config and reports every
// fault in it. What is at fault is left out of the result.
type configReader struct {
	p    *Project
	list diag.List
}

// only reports the keys of an object that mean nothing there.
func (r *configReader) only(n *source.Node, what string, known ...string) bool {
	if n.Kind != source.Object {
		r.list.Add(n.Pos(), diag.KeywordValue, "%s is of kind %s: expected an object", what, n.Kind)
		return false
	}
	for _, m := range n.Members {
		if !slices.Contains(known, m.Key) {
			r.list.Add(n.KeyPos(m.Key), diag.KeywordUnknown, "%s has no key %q: expected %s", what, m.Key, quoted(known))
		}
	}
	return true
}

// text reads a string; absent and wrong are "".
func (r *configReader) text(n *source.Node, key string) string {
	v := n.Get(key)
	switch {
	case v == nil:
	case v.Kind != source.String:
		r.list.Add(v.Pos(), diag.KeywordValue, "%q is of kind %s: expected a string", key, v.Kind)
	case v.Text == "":
		r.list.Add(v.Pos(), diag.KeywordValue, "%q is empty: leave it out, or say something", key)
	default:
		return v.Text
	}
	return ""
}

// needed reads a string that must be there.
func (r *configReader) needed(n *source.Node, what, key string) string {
	if !n.Has(key) {
		r.list.Add(n.Pos(), diag.KeywordMissing, "%s lacks %q", what, key)
	}
	return r.text(n, key)
}

func (r *configReader) items(n *source.Node, key string) []*source.Node {
	v := n.Get(key)
	if v == nil {
		return nil
	}
	if v.Kind != source.Array {
		r.list.Add(v.Pos(), diag.KeywordValue, "%q is of kind %s: expected an array", key, v.Kind)
	}
	return v.Items
}

func (r *configReader) config(n *source.Node) {
	c := &r.p.Config
	if !r.only(n, "the configuration", "$schema", "schema", "outputs", "site", "lint") {
		return
	}
	c.Editor = r.text(n, "$schema")
	if c.Schema = r.text(n, "schema"); c.Schema == "" && !n.Has("schema") {
		c.Schema = "schema"
	}
	r.p.schemaAt = n.Get("schema")
	for _, o := range r.items(n, "outputs") {
		if r.only(o, "an output", "kind", "dir", "import", "package", "wire", "base", "protocol") {
			r.output(o)
		}
	}
	if x := n.Get("site"); x != nil && r.only(x, `"site"`, "command", "guides", "changelog") {
		r.site(x)
	}
	l := n.Get("lint")
	if l == nil || !r.only(l, `"lint"`, "exceptions") {
		return
	}
	for _, e := range r.items(l, "exceptions") {
		if r.only(e, "an exception", "rule", "at", "reason") {
			r.exception(e)
		}
	}
}

// site reads what a site has. Its documents are inside the project, so that it
// can be made of an embedded one, too.
func (r *configReader) site(n *source.Node) {
	x := &r.p.Config.Site
	x.Command, x.Changelog = r.text(n, "command"), r.text(n, "changelog")
	inside := func(v *source.Node) bool {
		if fs.ValidPath(v.Text) {
			return true
		}
		r.list.Add(v.Pos(), diag.KeywordValue, "%q is no file of the project: expected a path such as docs/guide.md", v.Text)
		return false
	}
	if x.Changelog != "" && !inside(n.Get("changelog")) {
		x.Changelog = ""
	}
	for _, g := range r.items(n, "guides") {
		if g.Kind != source.String {
			r.list.Add(g.Pos(), diag.KeywordValue, "a guide is of kind %s: expected the path of a Markdown file", g.Kind)
		} else if inside(g) {
			x.Guides = append(x.Guides, g.Text)
		}
	}
}

func (r *configReader) exception(n *source.Node) {
	x := Exception{Rule: r.needed(n, "an exception", "rule"), At: r.needed(n, "an exception", "at"), Reason: r.needed(n, "an exception", "reason")}
	if x.Rule != "" && !diag.Known(diag.Rule(x.Rule)) {
		r.list.Add(n.Get("rule").Pos(), diag.KeywordValue, "no rule is called %q: expected an id such as %s, as findings show them", x.Rule, diag.TypeNoAny)
	}
	if x.At != "" && !strings.Contains(x.At, "#") {
		r.list.Add(n.Get("at").Pos(), diag.KeywordValue, "%q leads to no place: expected a path in the schema folder, a # and a JSON pointer, such as types/Note.json#/properties/text", x.At)
	}
	r.p.Config.Lint.Exceptions = append(r.p.Config.Lint.Exceptions, x)
	r.p.exceptions = append(r.p.exceptions, lint.Exception{Rule: diag.Rule(x.Rule), At: x.At, Reason: x.Reason, Pos: n.Pos()})
}

func (r *configReader) output(n *source.Node) {
	o := Output{Kind: Kind(r.needed(n, "an output", "kind")), Dir: r.needed(n, "an output", "dir"),
		Import: r.text(n, "import"), Package: r.text(n, "package"), Wire: r.text(n, "wire"), Base: r.text(n, "base"), Protocol: r.text(n, "protocol")}
	switch {
	case o.Kind == "":
		return
	case !o.Kind.Known():
		r.list.Add(n.Get("kind").Pos(), diag.KeywordValue, "no output is of kind %q: expected one of %s", o.Kind, quoted(Kinds))
		return
	case o.Kind == Go, o.Kind == GoClient:
		r.goOutput(n, &o)
	case o.Kind == TypeScript:
		r.notFor(n, o.Kind, "import", "package")
		if o.Wire == "" {
			o.Wire = defaultTypeScriptWire
		}
	case o.Kind == Python:
		r.pythonOutput(n, &o)
	default:
		r.notFor(n, o.Kind, "import", "package", "wire")
	}
	if o.Kind != TypeScript {
		r.notFor(n, o.Kind, "base")
	}
	if o.Kind != GoClient {
		r.notFor(n, o.Kind, "protocol")
	}
	if o.Dir != "" {
		r.folder(n.Get("dir"), o)
		r.p.Config.Outputs = append(r.p.Config.Outputs, o)
	}
}

// notFor reports keys that belong to other kinds of output.
func (r *configReader) notFor(n *source.Node, kind Kind, keys ...string) {
	for _, key := range keys {
		if n.Has(key) {
			r.list.Add(n.KeyPos(key), diag.KeywordUnsupported, "%q is not for outputs of kind %q: remove it", key, kind)
		}
	}
}

// majorVersion is the last element of an import path that names no package.
var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

func (r *configReader) goOutput(n *source.Node, o *Output) {
	if o.Wire == "" {
		o.Wire = defaultWire
	}
	if o.Kind == GoClient && o.Protocol == "" && !n.Has("protocol") {
		r.list.Add(n.Pos(), diag.KeywordMissing, "an output of kind \"go-client\" lacks \"protocol\": the import path of the go output, whose types it uses")
	}
	for _, key := range []string{"import", "wire", "protocol"} {
		if v := n.Get(key); v != nil && v.Kind == source.String && strings.ContainsAny(v.Text, " \t\\\"`:?*<>|") {
			r.list.Add(v.Pos(), diag.KeywordValue, "%q is %q, which cannot be imported: expected a path such as example.com/room/protocol", key, v.Text)
		}
	}
	switch {
	case o.Import == "":
		if !n.Has("import") {
			r.list.Add(n.Pos(), diag.KeywordMissing, "an output of kind %q lacks \"import\": the import path of the generated package", o.Kind)
		}
		return
	case o.Package != "":
		if !token.IsIdentifier(o.Package) {
			r.list.Add(n.Get("package").Pos(), diag.KeywordValue, "%q cannot name a Go package: expected letters and digits, beginning with a letter", o.Package)
		}
		return
	}
	if o.Package = path.Base(o.Import); majorVersion.MatchString(o.Package) {
		o.Package = path.Base(path.Dir(o.Import))
	}
	if !token.IsIdentifier(o.Package) {
		r.list.Add(n.Get("import").Pos(), diag.KeywordValue, "the import path ends in %q, which cannot name a Go package: say \"package\" too", o.Package)
	}
}

// pythonModule is what an import statement takes: gatesmith_client.wire, or
// ..wire for a package beside.
var pythonModule = regexp.MustCompile(`^\.*[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$`)

func (r *configReader) pythonOutput(n *source.Node, o *Output) {
	r.notFor(n, o.Kind, "import", "package")
	if o.Wire == "" {
		o.Wire = defaultPythonWire
	}
	if !pythonModule.MatchString(o.Wire) {
		r.list.Add(n.Get("wire").Pos(), diag.KeywordValue, "\"wire\" is %q, which Python cannot import: expected a package such as %s or ..wire", o.Wire, defaultPythonWire)
	}
}

// folder reports folders that an output cannot own: one of the schema would
// have generated files among its sources, and one that is another's would be
// cleaned up by it. One inside another's is left alone by it.
func (r *configReader) folder(at *source.Node, o Output) {
	dir := r.p.abs(o.Dir)
	if within(r.p.SchemaDir(), dir) && r.p.Config.Schema != "" {
		r.list.Add(at.Pos(), diag.KeywordValue, "%q lies in the schema folder %q: an output needs a folder of its own", o.Dir, r.p.Config.Schema)
	}
	for _, other := range r.p.Config.Outputs {
		shared := o.Kind != other.Kind && o.Kind.shares() && other.Kind.shares()
		if r.p.abs(other.Dir) == dir && !shared {
			r.list.Add(at.Pos(), diag.KeywordValue, "%q is %q, the folder of another output: each output needs a folder of its own", o.Dir, other.Dir)
		}
	}
}

// within reports whether a path is a folder or lies somewhere in it.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

func quoted[T ~string](words []T) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(out, ", ")
}
