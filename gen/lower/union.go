package lower

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
	"github.com/gatesmith/gatesmith/gen/source"
)

// union lowers oneOf: by a tag, or by JSON kind.
func (l *lowerer) union(n *source.Node, p *pending) {
	l.allow(n, "a union", "oneOf", "x-discriminator", "type")
	branches := l.items(n, "oneOf")
	var real []*source.Node
	for _, b := range branches {
		if !l.nullSchema(b) {
			real = append(real, b)
			continue
		}
		if p.use.Nullable {
			l.add(b, diag.UnionTagged, "two branches are null: then oneOf, which wants exactly one, refuses null")
		}
		p.use.Nullable = true
	}
	if len(real) == 0 || len(real) == 1 && !n.Has("x-discriminator") {
		l.addKey(n, "oneOf", diag.UnionTagged, "a union needs at least two branches besides null: for one, write it alone, or anyOf of it and {\"type\": \"null\"}")
		return
	}
	t := l.own(n, p, ir.Union)
	t.Union = &ir.UnionPlan{}
	if n.Has("type") {
		if kind, nullable := l.jsonType(n); kind != "object" || nullable || p.use.Nullable || !n.Has("x-discriminator") {
			l.addKey(n, "type", diag.KeywordUnsupported, "type beside oneOf can only be \"object\", for tagged unions without null")
		}
	}
	if n.Has("x-discriminator") {
		l.tagged(n, t, real)
		return
	}
	l.byKind(n, t, real)
}

// tagged plans a union whose branches are told apart by a required constant.
func (l *lowerer) tagged(n *source.Node, t *ir.Type, branches []*source.Node) {
	t.Union.Tag = l.text(n, "x-discriminator")
	for _, b := range branches {
		if b.Kind != source.Object || !b.Has("$ref") {
			l.add(b, diag.UnionTagged, "a branch of a tagged union is a $ref: declare the branch under $defs or types/")
			continue
		}
		l.lower(b)
	}
	// A branch may be an object on its way, with members still to come.
	l.unions = append(l.unions, func() {
		for i, b := range branches {
			if b.Kind == source.Object && b.Has("$ref") {
				l.branch(b, t, i == len(branches)-1)
			}
		}
		l.checkOpenTags(n, t)
	})
}

// branch adds one variant of a tagged union.
func (l *lowerer) branch(b *source.Node, t *ir.Type, last bool) {
	use := l.lower(b)
	variant, tag := use.Type, t.Union.Tag
	if variant == nil {
		return
	}
	if use.Nullable {
		l.add(b, diag.UnionTagged, "a branch may not be null itself: write {\"type\": \"null\"} as a branch of its own")
	}
	f := variant.Field(tag)
	if target, err := l.tree.Resolve(b.File, b.Str("$ref")); err == nil && l.isOpenBranch(target, tag) && f != nil {
		l.openBranch(b, t, variant, f, last)
		return
	}
	if variant.Kind != ir.Struct || f == nil || !f.Required || f.Use.Nullable || f.Use.Type == nil || f.Use.Type.Const == nil || f.Use.Type.Const.Kind != ir.String {
		l.add(b, diag.UnionTagged, "this branch has no required constant string %q: x-discriminator tells the branches apart by it", tag)
		return
	}
	value := f.Use.Type.Const.Str
	if other := variantByTag(t.Union, value); other != nil {
		l.add(b, diag.UnionTagged, "two branches have %s %q: each needs its own", tag, value)
		return
	}
	t.Union.Variants = append(t.Union.Variants, &ir.Variant{Name: name.Split(value), Tag: value, Type: variant})
}

func variantByTag(u *ir.UnionPlan, tag string) *ir.Variant {
	for _, v := range u.Variants {
		if v.Tag == tag {
			return v
		}
	}
	return nil
}

// isOpenBranch reports whether the tag of a branch is every other string.
func (l *lowerer) isOpenBranch(target *source.Node, tag string) bool {
	return l.openTags[target.Get("properties").Get(tag)]
}

func (l *lowerer) openBranch(b *source.Node, t, variant *ir.Type, tag *ir.Field, last bool) {
	if !last {
		l.add(b, diag.UnionTagged, "the open branch must be the last one")
	}
	if !tag.Required || tag.Use.Nullable {
		l.add(b, diag.UnionTagged, "the open branch needs %q as a required string: without it the branches cannot be told apart", t.Union.Tag)
	}
	if !variant.Open {
		l.add(b, diag.UnionTagged, "the open branch needs x-open: true: it keeps values that this version does not know")
	}
	t.Union.Open = true
	t.Union.Unknown = &ir.Variant{Name: name.Split("unknown"), Type: variant}
}

// checkOpenTags checks that the open branch excludes exactly the other tags.
func (l *lowerer) checkOpenTags(n *source.Node, t *ir.Type) {
	if !t.Union.Open {
		return
	}
	var tags []string
	for _, v := range t.Union.Variants {
		tags = append(tags, v.Tag)
	}
	slices.Sort(tags)
	var excluded []string
	if tag := t.Union.Unknown.Type.Field(t.Union.Tag).Use.Type; tag != nil {
		excluded = slices.Sorted(slices.Values(tag.Except))
	}
	if !slices.Equal(excluded, tags) {
		l.addKey(n, "oneOf", diag.UnionTagged, "the open branch excludes %s, but the other branches are %s: gatesmith fmt keeps the list in step", orNothing(excluded), orNothing(tags))
	}
}

func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return quoteList(words)
}

// findOpenTags finds the tags of all open branches beforehand, because a
// branch may be lowered before its union.
func (l *lowerer) findOpenTags() map[*source.Node]bool {
	found := map[*source.Node]bool{}
	for _, f := range l.tree.Files {
		source.Walk(f.Root, func(n *source.Node) {
			tag, branches := n.Str("x-discriminator"), n.Get("oneOf")
			if tag == "" || branches == nil || len(branches.Items) == 0 {
				return
			}
			last := branches.Items[len(branches.Items)-1]
			target, err := l.tree.Resolve(n.File, last.Str("$ref"))
			if err != nil {
				return
			}
			if property := target.Get("properties").Get(tag); property.Has("not") {
				found[property] = true
			}
		})
	}
	return found
}

// excluded reads the values that the tag of an open branch does not have.
func (l *lowerer) excluded(n *source.Node) []string {
	not := n.Get("not")
	if !l.want(not, source.Object, "not") {
		return nil
	}
	l.only(not, "not", "enum")
	return l.strings(not, "enum")
}

// byKind plans a union whose branches have different JSON kinds.
func (l *lowerer) byKind(n *source.Node, t *ir.Type, branches []*source.Node) {
	for _, b := range branches {
		use := l.lower(b)
		if use.Type == nil {
			continue
		}
		if use.Nullable {
			l.add(b, diag.UnionTagged, "a branch may not be null itself: write {\"type\": \"null\"} as a branch of its own")
		}
		kind := use.Type.JSONKind()
		if kind == "" {
			l.add(b, diag.UnionTagged, "this branch has no JSON kind of its own: without x-discriminator each branch needs one")
			continue
		}
		if slices.ContainsFunc(t.Union.Variants, func(v *ir.Variant) bool { return v.JSON == kind }) {
			l.add(b, diag.UnionTagged, "two branches are JSON %ss: objects need x-discriminator, others a common type", kind)
			continue
		}
		t.Union.Variants = append(t.Union.Variants, &ir.Variant{Name: name.Split(kind), Type: use.Type, JSON: kind})
	}
}
