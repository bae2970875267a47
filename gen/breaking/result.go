package breaking

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func resultTypeCompatible(r *reporter, p placePair) {
	for _, n := range alternatives(p.new.Type) {
		if !slices.ContainsFunc(alternatives(p.old.Type), func(o *ir.Type) bool { return fits(o, n, outbound) }) {
			r.report(p.at(), p.was(), "%s can be %s, and was %s: clients don't expect that", p.what, spellType(n), spellType(p.old.Type))
		}
	}
}

func resultRequiredNoDelete(r *reporter, v valuePair) {
	if !v.structs() {
		return
	}
	for _, o := range v.old.Fields {
		if n := v.new.Field(o.Wire); n != nil && o.Required && !n.Required {
			r.report(at(n.Location), at(o.Location), "%s.%s always came, and may be absent now: clients rely on it", v.what, o.Wire)
		}
	}
}

func resultFieldNoDelete(r *reporter, v valuePair) {
	if !v.structs() {
		return
	}
	for _, o := range v.old.Fields {
		if v.new.Field(o.Wire) == nil && !r.announced(o.Meta) {
			r.report(v.at("properties"), at(o.Location), "%s.%s is gone: clients that read it find nothing%s", v.what, o.Wire, deprecated(o.Meta))
		}
	}
}

func resultNullNoAdd(r *reporter, p placePair) {
	if takesNull(p.new) && !takesNull(p.old) && !anything(p.new.Type) {
		r.report(p.at(), p.was(), "%s can be null now: clients don't expect that", p.what)
	}
}

func resultEnumNoAdd(r *reporter, v valuePair) {
	before := closed(v.old)
	if before == nil {
		return
	}
	now := closed(v.new)
	if now == nil {
		r.report(v.at("type"), v.was("enum", "const"), "%s can be any value now, and was %s: code that handles each of them misses the others", v.what, values(before))
		return
	}
	var added []string
	for _, value := range now {
		if !slices.ContainsFunc(before, func(o ir.Value) bool { return sameNumberOrText(o, value) }) {
			added = append(added, value.JSON)
		}
	}
	if len(added) > 0 {
		r.report(v.at("enum", "const"), v.was("enum", "const"), "%s can be %s now: code that handles each value misses it", v.what, listed(added))
	}
}

func resultUnionNoAdd(r *reporter, v valuePair) {
	if !tagged(v.old) || !tagged(v.new) || v.old.Union.Tag != v.new.Union.Tag || v.old.Union.Open {
		return
	}
	for _, n := range v.new.Union.Variants {
		if branch(v.old.Union, n.Tag) == nil {
			r.report(v.at("oneOf"), v.was("oneOf"), "%s can be of %s %q now: code that handles each branch misses it", v.what, v.new.Union.Tag, n.Tag)
		}
	}
	if v.new.Union.Open {
		r.report(v.at("oneOf"), v.was("oneOf"), "%s can be of an unknown %s now: code that handles each branch misses it", v.what, v.new.Union.Tag)
	}
}
