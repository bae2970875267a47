package breaking

import (
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
)

// secretNoRemove looks at members and at the types that are secret wherever
// they stand.
func secretNoRemove(r *reporter, p placePair) {
	was := p.old.Type.Secret || p.oldField != nil && p.oldField.Secret
	is := p.new.Type.Secret || p.newField != nil && p.newField.Secret
	if was && !is {
		r.report(p.at(), p.was(), "%s was marked as secret, and is not any more: logs and tools show it", p.what)
	}
}

func typeSame(r *reporter, p placePair) {
	o, n := spellPlace(p.old, p.oldField), spellPlace(p.new, p.newField)
	if o != n {
		r.report(p.at(), p.was(), "%s is %s in code, and was %s", p.what, n, o)
	}
}

// spellPlace is what a generated member is made of, without the names of types.
func spellPlace(u ir.Use, f *ir.Field) string {
	words := spellType(u.Type)
	if u.Nullable {
		words += " or null"
	}
	if f != nil && !f.Required {
		return "an optional " + words
	}
	return words
}

// spellType names the kind of a type for people.
func spellType(t *ir.Type) string {
	if t.Const != nil {
		return "constant " + t.Const.JSON
	}
	switch t.Kind {
	case ir.Raw:
		if t.Object {
			return "object of any members"
		}
		return "value of any kind"
	case ir.Struct:
		return "object"
	case ir.Enum:
		if t.Enum.Base == ir.Int {
			return "integer of a list"
		}
		return "string of a list"
	case ir.Union:
		if t.Union.Tag != "" {
			return "union by " + t.Union.Tag
		}
		return "union of " + unionKinds(t)
	case ir.Bool:
		return "boolean"
	case ir.Int:
		return "integer"
	case ir.Float:
		return "number"
	}
	return t.Kind.String()
}

func unionKinds(t *ir.Type) string {
	var kinds []string
	for _, a := range alternatives(t) {
		kinds = append(kinds, spellType(a))
	}
	return strings.Join(kinds, " and ")
}

// typeNoDelete reports types that have a name in code, and nothing that took
// their place.
func typeNoDelete(r *reporter) {
	var now []string
	for _, t := range r.new.Protocol.Types {
		now = append(now, t.Name.Pascal(r.new.Protocol.Initialisms))
	}
	for _, t := range r.old.Protocol.Types {
		name := t.Name.Pascal(r.old.Protocol.Initialisms)
		if !t.Fragment && !r.met[t] && !slices.Contains(now, name) && (t.Inbound || t.Outbound) && !strings.HasPrefix(t.Location, "config/") {
			r.report(at(t.Location), at(t.Location), "type %s is gone", name)
		}
	}
}

// nameSame compares what things are called in code, in Go's spelling, which
// the others follow from.
func nameSame(r *reporter) {
	for _, m := range r.methods {
		r.renamed("method "+m.new.Wire, m.old.Name, m.new.Name, at(m.new.Location, "x-name", "title"), at(m.old.Location, "x-name", "title"))
	}
	for _, e := range r.events {
		if r.sameEvent(e) {
			r.renamed("event "+e.name, e.old.Name, e.new.Name, at(e.new.Location, "x-name", "title"), at(e.old.Location, "x-name", "title"))
		}
	}
	for _, p := range r.places {
		if p.newField != nil {
			r.renamed(p.what, p.oldField.Name, p.newField.Name, p.at(), p.was())
		}
	}
	for _, v := range r.values {
		if v.old.Named() {
			r.renamed("type "+v.old.Name.Pascal(r.old.Protocol.Initialisms), v.old.Name, v.new.Name, v.at("x-name", "title"), v.was("x-name", "title"))
		}
		r.valueNames(v)
	}
}

func (r *reporter) valueNames(v valuePair) {
	if v.old.Enum == nil || v.new.Enum == nil {
		return
	}
	for _, o := range v.old.Enum.Values {
		i := slices.IndexFunc(v.new.Enum.Values, func(n *ir.EnumValue) bool { return n.Value.JSON == o.Value.JSON })
		if i >= 0 {
			r.renamed("value "+o.Value.JSON+" of "+v.what, o.Name, v.new.Enum.Values[i].Name, v.at("x-names", "enum"), v.was("enum"))
		}
	}
}

func (r *reporter) renamed(what string, old, new name.Name, to, from spot) {
	o, n := old.Pascal(r.old.Protocol.Initialisms), new.Pascal(r.new.Protocol.Initialisms)
	if o != n {
		r.report(to, from, "%s is called %s in code, and was %s", what, or(n, "nothing", n), o)
	}
}

func knownNoDelete(r *reporter, v valuePair) {
	if v.old.Enum == nil {
		return
	}
	var gone []string
	for _, o := range v.old.Enum.Values {
		if v.new.Enum == nil || !slices.ContainsFunc(v.new.Enum.Values, func(n *ir.EnumValue) bool { return n.Value.JSON == o.Value.JSON }) {
			gone = append(gone, o.Value.JSON)
		}
	}
	if len(gone) > 0 {
		r.report(v.at("x-known", "enum", "const", "type"), v.was("x-known", "enum"), "%s has no constant for %s any more", v.what, listed(gone))
	}
}
