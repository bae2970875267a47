package breaking

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// structs reports whether both values are objects with known members.
func (v valuePair) structs() bool { return v.old.Kind == ir.Struct && v.new.Kind == ir.Struct }

func paramNoNewRequired(r *reporter, v valuePair) {
	if !v.structs() {
		return
	}
	for _, n := range v.new.Fields {
		o := v.old.Field(n.Wire)
		switch {
		case !n.Required || o != nil && o.Required || v.unknown && n.Wire == v.tag:
		case o == nil:
			r.report(at(n.Location), v.was("properties"), "%s.%s is new and required: clients that don't know it are refused; make it optional", v.what, n.Wire)
		default:
			r.report(at(n.Location), at(o.Location), "%s.%s is required now: clients that leave it out are refused", v.what, n.Wire)
		}
	}
}

func paramNoDelete(r *reporter, v valuePair) {
	if !v.structs() || v.new.Open {
		return
	}
	for _, o := range v.old.Fields {
		if v.new.Field(o.Wire) == nil && !r.announced(o.Meta) {
			r.report(v.at("properties"), at(o.Location), "%s.%s is gone: clients that send it are refused%s", v.what, o.Wire, deprecated(o.Meta))
		}
	}
}

func paramTypeCompatible(r *reporter, p placePair) {
	for _, o := range alternatives(p.old.Type) {
		if !slices.ContainsFunc(alternatives(p.new.Type), func(n *ir.Type) bool { return fits(o, n, inbound) }) {
			r.report(p.at(), p.was(), "%s takes %s, and took %s: clients that send that are refused", p.what, spellType(p.new.Type), spellType(o))
		}
	}
}

// takesNull reports whether null may stand at a place.
func takesNull(u ir.Use) bool { return u.Nullable || anything(u.Type) }

func paramNullNoRemove(r *reporter, p placePair) {
	if takesNull(p.old) && !takesNull(p.new) {
		r.report(p.at(), p.was(), "%s must not be null any more: clients that send null are refused", p.what)
	}
}

func paramNoClose(r *reporter, v valuePair) {
	if v.structs() && v.old.Open && !v.new.Open {
		r.report(v.at("additionalProperties", "unevaluatedProperties"), v.was("x-open"), "%s takes no unknown members any more: clients that send some are refused", v.what)
	}
}

func paramOpenNoNewType(r *reporter, v valuePair) {
	if !v.structs() || !v.old.Open {
		return
	}
	for _, n := range v.new.Fields {
		if v.old.Field(n.Wire) == nil && !anything(n.Use.Type) && !(v.unknown && n.Wire == v.tag) {
			r.report(at(n.Location), v.was("x-open"), "%s.%s has a type now, and %s took any value there: clients that send another are refused", v.what, n.Wire, v.what)
		}
	}
}

// paramEnumNoDelete leaves alone what an open branch's tag excludes: those tags
// have branches of their own.
func paramEnumNoDelete(r *reporter, v valuePair) {
	var gone []string
	switch before, now := closed(v.old), closed(v.new); {
	case before == nil && now != nil:
		r.report(v.at("enum", "const"), v.was("type"), "%s takes %s only, and took any value: clients that send another are refused", v.what, values(now))
		return
	case before != nil:
		for _, value := range before {
			if !r.accepts(v.new, value) {
				gone = append(gone, value.JSON)
			}
		}
	}
	if len(gone) > 0 {
		r.report(v.at("enum", "const", "type"), v.was("enum", "const", "type"), "%s does not take %s any more: clients that send it are refused", v.what, listed(gone))
	}
}

func paramUnionNoDelete(r *reporter, v valuePair) {
	if !tagged(v.old) || !tagged(v.new) || v.old.Union.Tag != v.new.Union.Tag || v.new.Union.Open {
		return
	}
	for _, o := range v.old.Union.Variants {
		if branch(v.new.Union, o.Tag) == nil {
			r.report(v.at("oneOf"), v.was("oneOf"), "%s does not take %s %q any more: clients that send it are refused", v.what, v.new.Union.Tag, o.Tag)
		}
	}
	if v.old.Union.Open {
		r.report(v.at("oneOf"), v.was("oneOf"), "%s takes no unknown %s any more: clients that send one are refused", v.what, v.new.Union.Tag)
	}
}

func tagSame(r *reporter, v valuePair) {
	if tagged(v.old) && tagged(v.new) && v.old.Union.Tag != v.new.Union.Tag {
		r.report(v.at("x-discriminator"), v.was("x-discriminator"), "the branches of %s are told apart by %q, and were by %q", v.what, v.new.Union.Tag, v.old.Union.Tag)
	}
}

func paramDefaultSame(r *reporter, p placePair) {
	if p.newField == nil || p.oldField.Default == nil {
		return
	}
	switch o, n := p.oldField.Default, p.newField.Default; {
	case n == nil && p.newField.Required: // a finding of its own
	case n == nil:
		r.report(at(p.newField.Location), at(p.oldField.Location, "default"), "%s has no default any more, and it was %s: clients that leave it out mean that", p.what, o.JSON)
	case n.JSON != o.JSON:
		r.report(at(p.newField.Location, "default"), at(p.oldField.Location, "default"), "the default of %s is %s, and was %s: clients that leave it out mean that", p.what, n.JSON, o.JSON)
	}
}
