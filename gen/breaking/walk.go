package breaking

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// direction is the way a value travels.
type direction uint8

const (
	inbound  direction = iota // from clients to the server
	outbound                  // from the server to clients
)

// placePair is a place where a value stands, in both versions: a member, an
// item, the params as a whole.
type placePair struct {
	old, new           ir.Use
	oldField, newField *ir.Field // when the place is a member
	oldIn, newIn       *ir.Type  // what has the place, nil for roots
	dir                direction
	what               string // in words
}

// at and was are where the place is.
func (p placePair) at() spot {
	if p.newField != nil {
		return at(p.newField.Location)
	}
	return at(p.new.Type.Location)
}

func (p placePair) was() spot {
	if p.oldField != nil {
		return at(p.oldField.Location)
	}
	return at(p.old.Type.Location)
}

// valuePair is a value of one JSON kind that both versions know there. With
// unknown set, the later version has a branch for a tag that the earlier one
// took for an unknown one: its member tag says no more than that.
type valuePair struct {
	old, new *ir.Type
	dir      direction
	what     string
	tag      string // the discriminator, when the values are branches of a union
	unknown  bool
	place    placePair // where it was met first
}

func (v valuePair) at(keys ...string) spot {
	return v.spot(v.new, v.place.newField, v.place.new.Type, keys)
}

func (v valuePair) was(keys ...string) spot {
	return v.spot(v.old, v.place.oldField, v.place.old.Type, keys)
}

// spot is where a type is declared, or for one of the schema's plain kinds
// where it is used.
func (v valuePair) spot(t *ir.Type, f *ir.Field, placed *ir.Type, keys []string) spot {
	if f != nil && t == placed && !t.Named() {
		return at(f.Location, keys...)
	}
	return at(t.Location, keys...)
}

type valueKey struct {
	old, new *ir.Type
	dir      direction
	unknown  bool
}

// place records a place and goes on to the values that can stand there.
func (c *comparison) place(p placePair) {
	c.places = append(c.places, p)
	for _, o := range alternatives(p.old.Type) {
		for _, n := range alternatives(p.new.Type) {
			if o.JSONKind() == n.JSONKind() && fits(o, n, p.dir) {
				c.value(valuePair{old: o, new: n, dir: p.dir, what: c.describe(n, p.what), place: p})
			}
		}
	}
}

// describe names a type, or the place where one without a name stands.
func (c *comparison) describe(t *ir.Type, what string) string {
	if t.Named() {
		return t.Name.Pascal(c.new.Protocol.Initialisms)
	}
	return what
}

// value records a value and goes on to its parts, once for each pair of types:
// types may contain themselves.
func (c *comparison) value(v valuePair) {
	key := valueKey{v.old, v.new, v.dir, v.unknown}
	if c.seen[key] {
		return
	}
	c.seen[key] = true
	c.met[v.old] = true
	c.met[v.place.old.Type] = true
	c.values = append(c.values, v)
	for _, f := range v.new.Fields {
		o := v.old.Field(f.Wire)
		if o == nil || v.unknown && f.Wire == v.tag {
			continue
		}
		c.place(placePair{old: o.Use, new: f.Use, oldField: o, newField: f, oldIn: v.old, newIn: v.new, dir: v.dir, what: v.what + "." + f.Wire})
	}
	if v.old.Elem != nil && v.new.Elem != nil {
		c.place(placePair{old: *v.old.Elem, new: *v.new.Elem, oldIn: v.old, newIn: v.new, dir: v.dir, what: "an entry of " + v.what})
	}
	if x, y := v.old.Content, v.new.Content; x != nil && y != nil && x.Schema != nil && y.Schema != nil {
		c.place(placePair{old: *x.Schema, new: *y.Schema, oldIn: v.old, newIn: v.new, dir: v.dir, what: "what " + v.what + " encodes"})
	}
	if tagged(v.old) && tagged(v.new) && v.old.Union.Tag == v.new.Union.Tag {
		c.branches(v)
	}
}

// branches pairs the branches of a union by their tags. A tag that only one
// version knows meets the other's open branch, if it has one: that is how it
// was read, or will be.
func (c *comparison) branches(v valuePair) {
	one := func(o, n *ir.Variant, unknown bool) {
		if o != nil && n != nil {
			c.value(valuePair{old: o.Type, new: n.Type, dir: v.dir, what: c.describe(n.Type, v.what), tag: v.old.Union.Tag, unknown: unknown, place: placePair{
				old: ir.Use{Type: o.Type}, new: ir.Use{Type: n.Type}, oldIn: v.old, newIn: v.new, dir: v.dir, what: v.what}})
		}
	}
	for _, o := range v.old.Union.Variants {
		if n := branch(v.new.Union, o.Tag); n != nil {
			one(o, n, false)
		} else if v.dir == inbound {
			one(o, v.new.Union.Unknown, false)
		}
	}
	for _, n := range v.new.Union.Variants {
		if branch(v.old.Union, n.Tag) == nil {
			one(v.old.Union.Unknown, n, true)
		}
	}
	one(v.old.Union.Unknown, v.new.Union.Unknown, false)
}

func branch(u *ir.UnionPlan, tag string) *ir.Variant {
	i := slices.IndexFunc(u.Variants, func(v *ir.Variant) bool { return v.Tag == tag })
	if i < 0 {
		return nil
	}
	return u.Variants[i]
}

// tagged reports whether a type is a union told apart by a member.
func tagged(t *ir.Type) bool { return t.Kind == ir.Union && t.Union.Tag != "" }

// alternatives are the types that a value may have, of different JSON kinds.
func alternatives(t *ir.Type) []*ir.Type {
	if t.Kind != ir.Union || t.Union.Tag != "" {
		return []*ir.Type{t}
	}
	var out []*ir.Type
	for _, v := range t.Union.Variants {
		out = append(out, alternatives(v.Type)...)
	}
	return out
}

// scalar is the kind of a type, with enums as what their values are.
func scalar(t *ir.Type) ir.Kind {
	if t.Kind == ir.Enum {
		return t.Enum.Base
	}
	return t.Kind
}

// anything reports whether every JSON value is one of the type.
func anything(t *ir.Type) bool { return t.Kind == ir.Raw && !t.Object }

// fits reports whether values travelling one way keep their kind: what clients
// send as the earlier version has it must be what the later one takes, and what
// they receive must be what the earlier one promised.
func fits(old, new *ir.Type, dir direction) bool {
	if dir == outbound {
		return within(new, old)
	}
	return within(old, new)
}

// within reports whether the values of one type are of the kind of another.
// Limits, members and branches are looked at elsewhere. An object with known
// members is never taken for a map or a union, or the other way round.
func within(from, to *ir.Type) bool {
	if anything(to) {
		return true
	}
	if from.JSONKind() != to.JSONKind() {
		return false
	}
	switch a, b := scalar(from), scalar(to); {
	case a == b:
		return true
	case a == ir.Int && b == ir.Float:
		return true
	default:
		return to.Kind == ir.Raw
	}
}
