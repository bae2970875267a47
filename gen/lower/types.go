package lower

import (
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// pending is a schema node on its way to the model. Nodes that make a type of
// their own have it from the start, so that recursion finds it; nodes that
// only lead to another one have it when they are done.
type pending struct {
	use  ir.Use
	done bool
}

// lower turns a schema node into a type and whether null may stand there.
// Every node is lowered once.
func (l *lowerer) lower(n *source.Node) ir.Use {
	if p := l.uses[n]; p != nil {
		if p.use.Type == nil && !p.done {
			l.add(n, diag.RefCycle, "this $ref leads back to itself: a type must be spelled out somewhere on the way")
		}
		return p.use
	}
	p := &pending{}
	l.uses[n] = p
	if n.Kind != source.Object {
		l.add(n, diag.KeywordValue, "a schema is an object, not %s", article(n.Kind.String()))
		p.done = true
		return p.use
	}
	if l.roleOf(n) != roleMethod {
		l.keywords(n)
	}
	if n.Has("default") && !l.isProperty(n) {
		l.addKey(n, "default", diag.DefaultValid, "a default stands on a property: nothing else can be absent")
	}
	l.depth++
	l.shape(n, p)
	l.depth--
	p.done = true
	if t := p.use.Type; t != nil {
		if l.roots[n] && l.roleOf(n) != roleInline {
			l.checkFragmentUse(n, t)
		}
		l.samples(n, p.use)
	}
	if l.depth == 0 {
		l.drain()
	}
	return p.use
}

// drain lowers the members of objects that were met on the way. They wait
// until then so that no object is composed of a fragment that is half read: a
// property of the fragment may lead to the object.
func (l *lowerer) drain() {
	for len(l.waiting) > 0 {
		next := l.waiting[0]
		l.waiting = l.waiting[1:]
		l.depth++
		l.fill(next)
		l.depth--
	}
}

// samples keeps a schema's examples, for lint to check.
func (l *lowerer) samples(n *source.Node, use ir.Use) {
	if use.Type.Fragment {
		return // no value is one of a fragment alone
	}
	for _, e := range l.items(n, "examples") {
		l.p.Samples = append(l.p.Samples, ir.Sample{Location: e.Location(), Use: use, JSON: compact(e)})
	}
}

// isProperty reports whether a schema is that of a member of an object. An
// object may well have a member that is called "properties".
func (l *lowerer) isProperty(n *source.Node) bool {
	parent := n.Parent()
	return parent != nil && parent.Key() == "properties" && l.uses[parent] == nil
}

// shape decides what form a schema has and lowers it.
func (l *lowerer) shape(n *source.Node, p *pending) {
	switch {
	case n.Has("$ref"):
		l.reference(n, p)
	case n.Has("allOf"), l.declaresStruct(n):
		l.structure(n, p)
	case n.Has("oneOf"):
		l.union(n, p)
	case n.Has("anyOf"):
		l.nullable(n, p)
	case n.Has("const"):
		l.constant(n, p)
	case n.Has("enum") || n.Has("x-known"):
		l.enum(n, p)
	case n.Has("type"):
		l.typed(n, p)
	default:
		l.forbid(n, "a schema without type", constraintKeywords...)
		l.own(n, p, ir.Raw)
	}
}

// declaresStruct reports whether the schema is an object with known members,
// and not a map or a raw object.
func (l *lowerer) declaresStruct(n *source.Node) bool {
	if n.Has("properties") || n.True("x-open") || n.True("x-fragment") {
		return true
	}
	a := n.Get("additionalProperties")
	return a != nil && a.Kind == source.Bool && !a.Bool
}

// own gives the node a type of its own.
func (l *lowerer) own(n *source.Node, p *pending, kind ir.Kind) *ir.Type {
	t := &ir.Type{Meta: l.meta(n), Kind: kind, Title: n.Str("title"), File: n.File.Path}
	for _, e := range l.items(n, "examples") {
		t.Examples = append(t.Examples, compact(e))
	}
	p.use.Type = t
	l.nameType(n, t)
	if t.Named() {
		l.types = append(l.types, t)
	}
	return t
}

func (l *lowerer) items(n *source.Node, keyword string) []*source.Node {
	v := n.Get(keyword)
	if v == nil || !l.want(v, source.Array, keyword) {
		return nil
	}
	return v.Items
}

// reference follows a $ref.
func (l *lowerer) reference(n *source.Node, p *pending) {
	for _, m := range n.Members {
		sibling := m.Key != "$ref" && !slices.Contains(annotations, m.Key)
		if sibling && slices.Contains(constraintKeywords, m.Key) {
			l.addKey(n, m.Key, diag.RefSibling, "%q beside a $ref: only annotations (%s) may stand there; put it into the referred type", m.Key, "title, description, default, examples, x-…")
		}
	}
	target := l.resolve(n)
	if target == nil {
		return
	}
	p.use = l.lower(target)
	if t := p.use.Type; t != nil && l.isFragment(target) && !inAllOf(n) {
		l.add(n, diag.FragmentMisused, "%s is a fragment: it can be used in allOf only", n.Str("$ref"))
	}
}

func inAllOf(n *source.Node) bool {
	return n.Parent() != nil && n.Parent().Kind == source.Array && n.Parent().Key() == "allOf"
}

// resolve finds the schema a $ref leads to: a file's root or an entry of
// $defs.
func (l *lowerer) resolve(n *source.Node) *source.Node {
	ref := n.Get("$ref")
	if !l.want(ref, source.String, "$ref") {
		return nil
	}
	target, err := l.tree.Resolve(n.File, ref.Text)
	if err != nil {
		l.add(ref, diag.RefUnresolved, "$ref %s", err)
		return nil
	}
	role := l.roleOf(target)
	if target.Kind != source.Object || role == roleInline || role == roleMethod {
		l.add(ref, diag.RefUnresolved, "$ref %q does not lead to a type: expected a file under types/, frames/ or config/, or an entry of $defs", ref.Text)
		return nil
	}
	return target
}

// nullable lowers anyOf of one schema and null.
func (l *lowerer) nullable(n *source.Node, p *pending) {
	branches := l.items(n, "anyOf")
	var inner *source.Node
	nulls := 0
	for _, b := range branches {
		if l.nullSchema(b) {
			nulls++
		} else {
			inner = b
		}
	}
	if len(branches) != 2 || nulls != 1 {
		l.addKey(n, "anyOf", diag.UnionTagged, "anyOf is for one schema and {\"type\": \"null\"}: use oneOf with x-discriminator, or branches of different JSON kinds")
		return
	}
	l.forbid(n, "anyOf with null", slices.DeleteFunc(slices.Clone(constraintKeywords), func(k string) bool { return k == "anyOf" })...)
	p.use = l.lower(inner)
	p.use.Nullable = true
}

// nullSchema reports whether a branch is {"type": "null"}, and what else stands
// in it.
func (l *lowerer) nullSchema(n *source.Node) bool {
	if n.Str("type") != "null" {
		return false
	}
	l.only(n, "a branch for null", "type", "description")
	return true
}

// forbid reports keywords that mean nothing on a schema of this form.
func (l *lowerer) forbid(n *source.Node, what string, keywords ...string) {
	for _, m := range n.Members {
		if slices.Contains(keywords, m.Key) {
			l.addKey(n, m.Key, diag.KeywordUnsupported, "%q has no meaning on %s", m.Key, what)
		}
	}
}

// allow forbids every constraint keyword but the given ones.
func (l *lowerer) allow(n *source.Node, what string, keywords ...string) {
	l.forbid(n, what, slices.DeleteFunc(slices.Clone(constraintKeywords), func(k string) bool {
		return slices.Contains(keywords, k)
	})...)
}

// jsonType reads type: one name, or one name and null.
func (l *lowerer) jsonType(n *source.Node) (kind string, nullable bool) {
	v := n.Get("type")
	if v == nil {
		return "", false
	}
	names := []*source.Node{v}
	if v.Kind == source.Array {
		names = v.Items
	}
	for _, it := range names {
		switch {
		case !l.want(it, source.String, "type"):
			return "", false
		case !slices.Contains([]string{"string", "integer", "number", "boolean", "array", "object", "null"}, it.Text):
			l.add(it, diag.KeywordValue, "type is %q: expected string, integer, number, boolean, array, object or null", it.Text)
			return "", false
		case it.Text == "null" && !nullable:
			nullable = true
		case kind == "" && it.Text != "null":
			kind = it.Text
		default:
			l.add(v, diag.KeywordUnsupported, "type lists %s: several real types need oneOf with a branch each", v.Raw())
			return "", false
		}
	}
	if kind == "" {
		l.add(v, diag.KeywordUnsupported, "type is null alone: null is only allowed beside another type")
	}
	return kind, nullable
}

// typed lowers a schema that is told by its type keyword.
func (l *lowerer) typed(n *source.Node, p *pending) {
	kind, nullable := l.jsonType(n)
	p.use.Nullable = nullable
	switch kind {
	case "string":
		l.allow(n, "a string", "type", "minLength", "maxLength", "pattern", "format", "contentMediaType", "contentSchema", "contentEncoding")
		t := l.own(n, p, ir.String)
		l.checks(n, t)
		l.content(n, t)
		if l.openTags[n] {
			t.Except = l.excluded(n)
		}
	case "integer", "number":
		l.allow(n, article(kind), "type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
		l.checks(n, l.own(n, p, map[string]ir.Kind{"integer": ir.Int, "number": ir.Float}[kind]))
	case "boolean":
		l.allow(n, "a boolean", "type")
		l.own(n, p, ir.Bool)
	case "array":
		l.array(n, p)
	case "object":
		l.mapOrRaw(n, p)
	}
}

func (l *lowerer) array(n *source.Node, p *pending) {
	l.allow(n, "an array", "type", "items", "minItems", "maxItems", "uniqueItems")
	t := l.own(n, p, ir.Array)
	l.lists = append(l.lists, t)
	items := n.Get("items")
	if items == nil {
		l.add(n, diag.KeywordMissing, "an array needs items")
		return
	}
	elem := l.lower(items)
	t.Elem = &elem
	l.checks(n, t)
	if t.Check(ir.UniqueItems) != nil && elem.Type != nil && !isScalar(elem.Type) {
		l.addKey(n, "uniqueItems", diag.KeywordUnsupported, "uniqueItems is for arrays of strings, numbers and booleans")
	}
}

func isScalar(t *ir.Type) bool {
	switch t.Kind {
	case ir.Bool, ir.Int, ir.Float, ir.String, ir.Enum:
		return true
	}
	return false
}

func (l *lowerer) mapOrRaw(n *source.Node, p *pending) {
	values := n.Get("additionalProperties")
	if values == nil {
		l.allow(n, "an object without properties", "type")
		t := l.own(n, p, ir.Raw)
		t.Object = true
		if !t.Named() || l.roleOf(n) == roleInline {
			l.add(n, diag.ObjectClosed, "an object of any members must be a type of its own: declare it under types/ and refer to it, or list its properties")
		}
		return
	}
	l.allow(n, "a map", "type", "additionalProperties")
	t := l.own(n, p, ir.Map)
	l.lists = append(l.lists, t)
	if values.Kind != source.Object {
		l.add(values, diag.ObjectClosed, "additionalProperties is %s: expected false, or a schema for the values of a map", values.Raw())
		return
	}
	elem := l.lower(values)
	t.Elem = &elem
}

// encodings are the ways to write bytes in a string.
var encodings = []string{"base64", "base64url"}

// content reads what a string holds; these keywords are annotations.
func (l *lowerer) content(n *source.Node, t *ir.Type) {
	if !n.Has("contentEncoding") && !n.Has("contentMediaType") && !n.Has("contentSchema") {
		return
	}
	t.Content = &ir.Content{
		Encoding:  l.oneOf(n, "contentEncoding", encodings...),
		MediaType: l.text(n, "contentMediaType"),
	}
	if s := n.Get("contentSchema"); s != nil {
		use := l.lower(s)
		t.Content.Schema = &use
	}
}

// compact gives a value's JSON text without the white space of the file.
func compact(n *source.Node) []byte {
	var b strings.Builder
	writeCompact(&b, n)
	return []byte(b.String())
}

func writeCompact(b *strings.Builder, n *source.Node) {
	switch n.Kind {
	case source.Object:
		b.WriteByte('{')
		for i, m := range n.Members {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(quote(m.Key))
			b.WriteByte(':')
			writeCompact(b, m.Value)
		}
		b.WriteByte('}')
	case source.Array:
		b.WriteByte('[')
		for i, it := range n.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			writeCompact(b, it)
		}
		b.WriteByte(']')
	default:
		b.Write(n.Raw())
	}
}
