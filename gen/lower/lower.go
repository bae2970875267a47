// Package lower turns schema files into the model: it checks that they keep to
// the dialect, resolves references, plans unions and presence, and gives every
// type its name. What it cannot compile exactly it refuses; nothing is ignored.
package lower

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
	"github.com/gatesmith/gatesmith/gen/source"
)

// Lower builds the model of a schema tree. With findings the model is
// incomplete and must not be used.
func Lower(tree *source.Tree) (*ir.Protocol, diag.List) {
	l := &lowerer{
		tree:    tree,
		p:       &ir.Protocol{Hash: hash(tree)},
		uses:    map[*source.Node]*pending{},
		objects: map[*source.Node]*object{},
	}
	l.roots = declared(tree)
	l.openTags = l.findOpenTags()
	l.files()
	l.finish()
	l.list.Sort()
	return l.p, l.list
}

// hash identifies the schema by its texts, so that peers can tell whether they
// were generated from the same one.
func hash(tree *source.Tree) string {
	h := sha256.New()
	for _, f := range tree.Files {
		h.Write([]byte(f.Path))
		h.Write([]byte{0})
		h.Write(f.Data)
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

type lowerer struct {
	tree    *source.Tree
	p       *ir.Protocol
	list    diag.List
	uses    map[*source.Node]*pending // every schema node, once
	types   []*ir.Type                // named types, in order of their places
	roots   map[*source.Node]bool     // nodes that $ref or $defs may name
	events  []*source.File
	methods []*source.File
	frames  []*source.File
	configs []*source.File

	emits    []methodNode          // methods whose x-emits and x-examples wait for the events
	openTags map[*source.Node]bool // tags of open branches, the only place for not
	lists    []*ir.Type            // arrays and maps

	depth   int                      // schemas that are being lowered
	objects map[*source.Node]*object // objects with known members
	waiting []*object                // those whose members are still to be lowered
	unions  []func()                 // tagged unions whose branches are still to be checked
}

// files sorts the files by folder, declares what each folder holds, and lowers
// them in an order where declarations come before uses.
func (l *lowerer) files() {
	manifest := l.tree.File(dialect.ManifestFile)
	if manifest == nil {
		l.list.Add(diag.Pos{File: path.Join(l.tree.Prefix(), dialect.ManifestFile)}, diag.KeywordMissing,
			"the schema folder has no %s: it declares the protocol's name, version, roles, scopes and errors", dialect.ManifestFile)
	} else if manifest.Root != nil {
		l.manifest(manifest.Root)
	}
	for _, f := range l.tree.Files {
		if f.Root == nil || f == manifest {
			continue
		}
		if f.Root.Kind != source.Object {
			l.list.Add(f.Root.Pos(), diag.KeywordValue, "a schema file holds an object, not %s", article(f.Root.Kind.String()))
			continue
		}
		folder, _, _ := strings.Cut(f.Path, "/")
		switch folder {
		case "methods":
			l.methods = append(l.methods, f)
		case "events":
			l.events = append(l.events, f)
		case "frames":
			l.frames = append(l.frames, f)
		case "config":
			l.configs = append(l.configs, f)
		case "types":
			l.declare(f.Root)
		default:
			l.list.Add(f.Pos(0), diag.FileMisplaced,
				"%s lies in no folder that says what it is: expected frames/, types/, methods/<group>/, events/ or config/", f.Path)
		}
	}
	for _, f := range l.frames {
		l.frame(f)
	}
	for _, f := range l.configs {
		l.config(f)
	}
	for _, f := range l.events {
		l.event(f)
	}
	for _, f := range l.methods {
		l.method(f)
	}
}

// declare lowers a schema that can be referred to by name, and those under its
// $defs.
func (l *lowerer) declare(n *source.Node) {
	l.lowerDefs(n)
	l.lower(n)
}

// declared lists the schemas that have an identity of their own: the roots of
// files, but for methods, and the entries of $defs.
func declared(tree *source.Tree) map[*source.Node]bool {
	roots := map[*source.Node]bool{}
	for _, f := range tree.Files {
		if !strings.HasPrefix(f.Path, "methods/") && f.Root != nil {
			roots[f.Root] = true
		}
		if defs := f.Root.Get("$defs"); defs != nil {
			for _, m := range defs.Members {
				roots[m.Value] = true
			}
		}
	}
	return roots
}

func (l *lowerer) lowerDefs(n *source.Node) {
	defs := n.Get("$defs")
	if defs == nil {
		return
	}
	if !l.want(defs, source.Object, "$defs") {
		return
	}
	for _, m := range defs.Members {
		if l.want(m.Value, source.Object, "$defs/"+m.Key) {
			l.lower(m.Value)
		}
	}
}

// finish derives what needs the whole: order, recursion, directions, events of
// methods, and the uniqueness of names.
func (l *lowerer) finish() {
	for len(l.unions) > 0 { // a branch may lead to another union
		check := l.unions[0]
		l.unions = l.unions[1:]
		check()
	}
	l.endless()
	slices.SortFunc(l.types, func(a, b *ir.Type) int { return a.Pos.Compare(b.Pos) })
	l.p.Types = l.types
	l.linkEvents()
	l.linkExamples()
	l.nameMethodEvents()
	for _, g := range l.p.Groups {
		slices.SortFunc(g.Methods, func(a, b *ir.Method) int { return strings.Compare(a.Wire, b.Wire) })
		l.p.Methods = append(l.p.Methods, g.Methods...)
	}
	slices.SortFunc(l.p.Events, func(a, b *ir.Event) int { return strings.Compare(a.Wire, b.Wire) })
	markRecursive(l.p.Types)
	markDirections(l.p)
	l.wireNames()
	l.collisions()
}

func (l *lowerer) add(n *source.Node, rule diag.Rule, format string, args ...any) *diag.Diagnostic {
	d := l.list.Add(n.Pos(), rule, format, args...)
	d.Pointer = n.Pointer()
	return d
}

func (l *lowerer) addKey(n *source.Node, key string, rule diag.Rule, format string, args ...any) *diag.Diagnostic {
	d := l.list.Add(n.KeyPos(key), rule, format, args...)
	d.Pointer = n.Pointer() + "/" + source.EscapePointer(key)
	return d
}

// want reports whether a keyword's value has the JSON kind it needs, and adds
// a finding when not.
func (l *lowerer) want(n *source.Node, kind source.Kind, keyword string) bool {
	if n.Kind == kind {
		return true
	}
	l.add(n, diag.KeywordValue, "%s is %s: expected %s", keyword, article(n.Kind.String()), article(kind.String()))
	return false
}

func article(word string) string {
	switch {
	case word == "null":
		return word
	case strings.ContainsRune("aeiou", rune(word[0])):
		return "an " + word
	}
	return "a " + word
}

// strings reads a keyword whose value is a list of strings.
func (l *lowerer) strings(n *source.Node, keyword string) []string {
	var out []string
	for _, it := range l.listed(n, keyword) {
		out = append(out, it.Text)
	}
	return out
}

// listed gives the strings of a list with their places.
func (l *lowerer) listed(n *source.Node, keyword string) []*source.Node {
	var out []*source.Node
	for _, it := range l.items(n, keyword) {
		if !l.want(it, source.String, keyword+" item") {
			continue
		}
		if slices.ContainsFunc(out, func(o *source.Node) bool { return o.Text == it.Text }) {
			l.add(it, diag.KeywordValue, "%s lists %q twice", keyword, it.Text)
			continue
		}
		out = append(out, it)
	}
	return out
}

// text reads a string keyword; absent is "".
func (l *lowerer) text(n *source.Node, keyword string) string {
	v := n.Get(keyword)
	if v == nil || !l.want(v, source.String, keyword) {
		return ""
	}
	return v.Text
}

// oneOf reads a string keyword that has a closed list of values.
func (l *lowerer) oneOf(n *source.Node, keyword string, allowed ...string) string {
	v := l.text(n, keyword)
	if v != "" && !slices.Contains(allowed, v) {
		l.add(n.Get(keyword), diag.KeywordValue, "%s is %q: expected one of %s", keyword, v, quoteList(allowed))
		return ""
	}
	return v
}

func (l *lowerer) flag(n *source.Node, keyword string) bool {
	v := n.Get(keyword)
	return v != nil && l.want(v, source.Bool, keyword) && v.Bool
}

func (l *lowerer) integer(n *source.Node, keyword string, atLeast int64) int {
	v := n.Get(keyword)
	if v == nil {
		return 0
	}
	i, ok := v.Int()
	if !ok || i < atLeast || i > 1<<31-1 {
		l.add(v, diag.KeywordValue, "%s is %s: expected an integer of at least %d", keyword, v.Raw(), atLeast)
		return 0
	}
	return int(i)
}

func quoteList(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = `"` + w + `"`
	}
	return strings.Join(quoted, ", ")
}

// meta fills what every declared thing has.
func (l *lowerer) meta(n *source.Node) ir.Meta {
	m := ir.Meta{
		Pos:      n.Pos(),
		Location: n.Location(),
		Doc:      l.text(n, "description"),
		Since:    l.integer(n, "x-since", 1),
		Secret:   l.flag(n, "x-secret"),
	}
	if d := n.Get("x-deprecated"); d != nil && l.want(d, source.Object, "x-deprecated") {
		l.only(d, "x-deprecated", "since", "use")
		m.Deprecated = &ir.Deprecation{Since: l.integer(d, "since", 1), Use: l.text(d, "use")}
	}
	return m
}

// only reports members of an object that are not among the known ones.
func (l *lowerer) only(n *source.Node, what string, known ...string) {
	for _, m := range n.Members {
		if !slices.Contains(known, m.Key) {
			l.addKey(n, m.Key, diag.KeywordUnknown, "%s has no member %q: expected %s%s", what, m.Key, quoteList(known), nearest(m.Key, known))
		}
	}
}

// title reads title or the x-name pin as a name.
func (l *lowerer) title(n *source.Node) name.Name {
	for _, keyword := range []string{"x-name", "title"} {
		if v := n.Get(keyword); v != nil && l.want(v, source.String, keyword) {
			made := name.Split(v.Text)
			if made.Empty() || !isLetter(v.Text[0]) {
				l.add(v, diag.NameFormat, "%s %q gives no name: expected letters and digits, beginning with a letter", keyword, v.Text)
				continue
			}
			return made
		}
	}
	return name.Name{}
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
