package lower

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
	"github.com/gatesmith/gatesmith/gen/source"
)

// object is an object with known members, on its way to the model.
type object struct {
	node         *source.Node
	typ          *ir.Type
	begun, ended bool
}

// structure lowers an object with known members, composed of fragments or not.
// Its members come later.
func (l *lowerer) structure(n *source.Node, p *pending) {
	l.allow(n, "an object", "type", "properties", "required", "additionalProperties", "unevaluatedProperties",
		"x-open", "x-fragment", "allOf", "anyOf", "oneOf")
	kind, nullable := l.jsonType(n)
	p.use.Nullable = nullable
	if kind != "object" && !(kind == "" && n.Has("allOf")) {
		l.add(n, diag.KeywordMissing, "an object with properties needs type: object")
	}
	t := l.own(n, p, ir.Struct)
	t.Open, t.Fragment = l.flag(n, "x-open"), l.flag(n, "x-fragment")
	l.closedness(n)
	if nullable {
		l.nullableObject(n, t)
	}
	o := &object{node: n, typ: t}
	l.objects[n] = o
	l.waiting = append(l.waiting, o)
}

// nullableObject refuses null beside what null does not keep: the schemas of
// allOf, and exactly one of several sets that all let null pass.
func (l *lowerer) nullableObject(n *source.Node, t *ir.Type) {
	const instead = "write anyOf with {\"type\": \"null\"} where it is used"
	switch {
	case t.Fragment:
		l.addKey(n, "type", diag.FragmentMisused, "a fragment may not be null: whoever is composed of it may")
	case n.Has("allOf"):
		l.addKey(n, "type", diag.KeywordUnsupported, "type allows null, but the fragments of allOf do not: %s", instead)
	case n.Has("oneOf"):
		l.addKey(n, "type", diag.KeywordUnsupported, "type allows null, but null is not exactly one of the required sets: %s", instead)
	}
}

// fill lowers the members of an object.
func (l *lowerer) fill(o *object) {
	if o.begun {
		return
	}
	n, t := o.node, o.typ
	o.begun = true
	for _, part := range l.items(n, "allOf") {
		l.compose(part, t)
	}
	l.properties(n, t)
	l.required(n, t)
	for _, kind := range []ir.SetsKind{ir.AnySet, ir.OneSet} {
		if n.Has(string(kind)) {
			l.requiredSets(n, t, kind)
		}
	}
	o.ended = true
}

// closedness checks that the object says what happens to unknown members, in
// the way its form needs.
func (l *lowerer) closedness(n *source.Node) {
	open, fragment, composed := n.True("x-open"), n.True("x-fragment"), n.Has("allOf")
	closing, other := "additionalProperties", "unevaluatedProperties"
	if composed {
		closing, other = other, closing
	}
	v := n.Get(closing)
	switch {
	case n.Has(other) && composed:
		l.addKey(n, other, diag.ObjectClosed, "%s does not see the members of allOf: write unevaluatedProperties: false", other)
	case n.Has(other):
		l.addKey(n, other, diag.ObjectClosed, "%s is only for objects composed with allOf: write additionalProperties: false", other)
	case fragment && (v != nil || open):
		l.add(n, diag.FragmentMisused, "a fragment says neither %s nor x-open: the types composed of it do", closing)
	case fragment:
	case open && v != nil:
		l.addKey(n, closing, diag.ObjectClosed, "x-open and %s contradict each other: keep one", closing)
	case open:
	case v == nil:
		l.add(n, diag.ObjectClosed, "this object says nothing about unknown members: write %s: false, or x-open: true to keep them", closing)
	case v.Kind != source.Bool || v.Bool:
		l.add(v, diag.ObjectClosed, "%s is %s beside properties: expected false; x-open: true keeps unknown members", closing, v.Raw())
	}
}

// compose adds the members of a fragment.
func (l *lowerer) compose(part *source.Node, t *ir.Type) {
	if part.Kind != source.Object || !part.Has("$ref") {
		l.add(part, diag.FragmentMisused, "allOf is for $refs to fragments: put members of this type into its own properties")
		return
	}
	target := l.resolve(part)
	if target == nil {
		return
	}
	if !l.isFragment(target) {
		l.add(part, diag.FragmentMisused, "%s is not a fragment: only types with x-fragment: true can be composed", part.Str("$ref"))
		return
	}
	fragment := l.lower(part).Type
	o := l.objects[target]
	if fragment == nil || o == nil {
		return
	}
	if l.fill(o); !o.ended {
		l.add(part, diag.RefCycle, "%s is composed of this object, so this $ref leads back to itself", part.Str("$ref"))
		return
	}
	for _, f := range fragment.Fields {
		if other := t.Field(f.Wire); other != nil {
			d := l.add(part, diag.FragmentMisused, "property %q of this fragment is already there", f.Wire)
			d.Related = append(d.Related, diag.Related{Pos: other.Pos, Message: "declared here"})
			continue
		}
		t.Fields = append(t.Fields, f)
	}
	t.Sets = append(t.Sets, fragment.Sets...)
}

func (l *lowerer) isFragment(n *source.Node) bool { return n.True("x-fragment") }

// checkFragmentUse reports x-fragment on what is no fragment.
func (l *lowerer) checkFragmentUse(n *source.Node, t *ir.Type) {
	if n.Has("x-fragment") && (t.Kind != ir.Struct || !n.Has("properties")) {
		l.addKey(n, "x-fragment", diag.FragmentMisused, "a fragment is an object with properties")
	}
}

func (l *lowerer) properties(n *source.Node, t *ir.Type) {
	props := n.Get("properties")
	if props == nil || !l.want(props, source.Object, "properties") {
		return
	}
	required := l.names(n, "required")
	for _, m := range props.Members {
		if m.Value.Kind != source.Object {
			l.add(m.Value, diag.KeywordValue, "a schema is an object, not %s", article(m.Value.Kind.String()))
			continue
		}
		f := &ir.Field{Meta: l.meta(m.Value), Wire: m.Key, Use: l.lower(m.Value)}
		f.Pos = n.File.Pos(m.Off)
		f.Required = slices.Contains(required, m.Key)
		f.Default = l.defaultOf(m.Value, f.Use, f.Required)
		f.Reload = l.oneOf(m.Value, "x-reload", reloads...)
		f.Exec = l.flag(m.Value, "x-exec")
		f.Env = l.variables(m.Value)
		f.UI = l.hints(m.Value)
		f.Name = l.fieldName(m.Value, m.Key)
		if other := t.Field(m.Key); other != nil {
			d := l.list.Add(f.Pos, diag.FragmentMisused, "property %q already comes from a fragment", m.Key)
			d.Related = append(d.Related, diag.Related{Pos: other.Pos, Message: "declared here"})
			continue
		}
		t.Fields = append(t.Fields, f)
	}
}

// fieldName is the pin of a property, or its wire name as words.
func (l *lowerer) fieldName(n *source.Node, wire string) name.Name {
	if n.Has("x-name") {
		if pinned := l.title(n); !pinned.Empty() {
			return pinned
		}
	}
	made := name.Split(wire)
	if made.Empty() || !isLetter(made.Words()[0][0]) {
		l.add(n, diag.NameFormat, "property %q gives no name in the target languages: pin one with x-name", wire)
	}
	return made
}

// names reads a list of strings without reporting faults again.
func (l *lowerer) names(n *source.Node, keyword string) []string {
	var out []string
	if v := n.Get(keyword); v != nil && v.Kind == source.Array {
		for _, it := range v.Items {
			out = append(out, it.Text)
		}
	}
	return out
}

// required checks the list and marks members that came from fragments.
func (l *lowerer) required(n *source.Node, t *ir.Type) {
	own := n.Get("properties")
	for _, it := range l.listed(n, "required") {
		wire := it.Text
		f := t.Field(wire)
		if f == nil {
			l.add(it, diag.RequiredUndeclared, "required names %q, which is not declared under properties", wire)
			continue
		}
		if !own.Has(wire) && !f.Required {
			narrowed := *f
			narrowed.Required = true
			t.Fields[slices.Index(t.Fields, f)] = &narrowed
		}
	}
}

// requiredSets lowers anyOf or oneOf of {"required": […]}.
func (l *lowerer) requiredSets(n *source.Node, t *ir.Type, kind ir.SetsKind) {
	sets := ir.RequiredSets{Kind: kind, Pos: n.KeyPos(string(kind))}
	for _, b := range l.items(n, string(kind)) {
		if b.Kind != source.Object || len(b.Members) != 1 || !b.Has("required") {
			l.add(b, diag.KeywordUnsupported, "%s beside properties is for branches of {\"required\": [names]} only", kind)
			return
		}
		set := l.strings(b, "required")
		if len(set) == 0 {
			l.add(b, diag.KeywordValue, "this branch of %s requires nothing: every object would fit", kind)
			return
		}
		for _, wire := range set {
			if t.Field(wire) == nil {
				l.add(b, diag.RequiredUndeclared, "required names %q, which is not declared under properties", wire)
				return
			}
		}
		sets.Sets = append(sets.Sets, set)
	}
	t.Sets = append(t.Sets, sets)
}

// reloads are what a change of a configuration value can need.
var reloads = []string{"live", "drain", "restart"}

// variables are the environment variables that give a value, the stronger first.
func (l *lowerer) variables(n *source.Node) []string {
	var names []string
	for _, it := range l.listed(n, "x-env") {
		names = append(names, it.Text)
	}
	return names
}

// hintKeys are the members of x-ui.
var hintKeys = []string{"label", "help", "group", "order", "placeholder", "sensitive", "advanced"}

func (l *lowerer) hints(n *source.Node) *ir.UIHints {
	v := n.Get("x-ui")
	if v == nil || !l.want(v, source.Object, "x-ui") {
		return nil
	}
	l.only(v, "x-ui", hintKeys...)
	return &ir.UIHints{
		Label: l.text(v, "label"), Help: l.text(v, "help"), Group: l.text(v, "group"), Placeholder: l.text(v, "placeholder"),
		Order: l.integer(v, "order", 0), Sensitive: l.flag(v, "sensitive"), Advanced: l.flag(v, "advanced"),
	}
}
