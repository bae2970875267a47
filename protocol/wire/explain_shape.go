package wire

import "slices"

// This file is the second half of Explain: where a text that is JSON departs
// from the shape of its place.

// at returns a shape. A place without one takes any value.
func (s Shapes) at(id ShapeID) *Shape {
	if id < 0 || int(id) >= len(s) {
		return &Shape{Kind: ShapeAny}
	}
	return &s[id]
}

// walk compares the value at i with its place.
func (x *explainer) walk(i int, p Place) {
	shape := x.shapes.at(p.Shape)
	switch {
	case x.full() || shape.Kind == ShapeAny:
	case x.data[i] == 'n': // in lenient mode null is as good as absent
		if !p.Nullable && !x.lenient {
			x.report(ruleType, "", x.shapes.kindNames(p))
		}
	case !x.fits(shape, i):
		x.report(ruleType, "", x.shapes.kindNames(p))
	default:
		x.inside(i, shape)
	}
}

// fits reports whether the value at i is of the kind that the shape wants.
func (x *explainer) fits(shape *Shape, i int) bool {
	c := x.data[i]
	number := c == '-' || isDigit(c)
	switch shape.Kind {
	case ShapeAny:
		return true
	case ShapeBool:
		return c == 't' || c == 'f'
	case ShapeInt:
		return number && (x.lenient || isInteger(x.literal(i)))
	case ShapeFloat:
		return number
	case ShapeString:
		return c == '"'
	case ShapeArray:
		return c == '['
	case ShapeByKind:
		return x.branch(shape, i) != nil
	}
	return c == '{'
}

// branch returns the branch of a union by kind that the value at i is of.
func (x *explainer) branch(shape *Shape, i int) *Shape {
	for _, id := range shape.Kinds {
		if branch := x.shapes.at(id); x.fits(branch, i) {
			return branch
		}
	}
	return nil
}

// literal returns the text of the value at i.
func (x *explainer) literal(i int) []byte { return x.data[i:passValue(x.data, i)] }

// inside looks at a value whose kind fits.
func (x *explainer) inside(i int, shape *Shape) {
	switch shape.Kind {
	case ShapeBool, ShapeInt, ShapeFloat, ShapeString:
		x.scalar(i, shape)
	case ShapeArray:
		x.array(i, shape)
	case ShapeMap:
		list, mark := x.membersOf(i)
		for _, m := range list {
			x.member(m, shape.Elem)
		}
		x.members = x.members[:mark]
	case ShapeStruct:
		x.object(i, shape)
	case ShapeTagged:
		x.tagged(i, shape)
	case ShapeByKind:
		x.inside(i, x.branch(shape, i))
	}
}

// membersOf lists the members of the object at i, above those of the objects
// around it, and returns where those end.
func (x *explainer) membersOf(i int) (list []member, mark int) {
	mark = len(x.members)
	x.members = appendMembers(x.members, x.data, i)
	return x.members[mark:], mark
}

func (x *explainer) member(m member, p Place) {
	mark := x.enter(m.name)
	x.walk(m.at, p)
	x.leave(mark)
}

func (x *explainer) array(i int, shape *Shape) {
	items := itemsOf(x.data, i)
	if !x.lenient {
		x.checkItems(i, len(items), shape.Checks)
	}
	for n, at := range items {
		if x.full() {
			return
		}
		mark := x.enterItem(n)
		x.walk(at, shape.Elem)
		x.leave(mark)
	}
}

// object looks at the members of a struct. The order of the issues is part of
// the protocol's contract, so it is the schema's where the schema has one.
func (x *explainer) object(i int, shape *Shape) {
	members, mark := x.membersOf(i)
	defer func() { x.members = x.members[:mark] }()
	if !x.lenient {
		x.required(members, shape.Members)
		if !shape.Open {
			x.unexpected(members, shape.Members)
		}
	}
	for _, want := range shape.Members {
		// Strict reading has reported a member that stands there twice, but
		// lenient reading takes it, and either must fit.
		for _, m := range members {
			if m.name == want.Name && !x.full() {
				x.member(m, want.Place)
			}
		}
	}
	if !x.lenient {
		x.sets(members, shape.Sets)
	}
}

func (x *explainer) required(members []member, want []ShapeMember) {
	for _, w := range want {
		if w.Required && !has(members, w.Name) {
			x.report(ruleRequired, w.Name, w.Name)
		}
	}
}

func (x *explainer) unexpected(members []member, want []ShapeMember) {
	for _, m := range members {
		if x.full() {
			return
		}
		if !slices.ContainsFunc(want, func(w ShapeMember) bool { return w.Name == m.name }) {
			x.report(RuleUnexpected, m.name, m.name)
		}
	}
}

// sets checks which members must come together.
func (x *explainer) sets(members []member, all []ShapeSets) {
	for _, check := range all {
		complete := 0
		for _, set := range check.Sets {
			if !slices.ContainsFunc(set, func(name string) bool { return !has(members, name) }) {
				complete++
			}
		}
		switch {
		case check.One && complete != 1:
			x.report(ruleOneOf, "", setNames(check.Sets, ", "))
		case !check.One && complete == 0:
			x.report(ruleAnyOf, "", setNames(check.Sets, " or "))
		}
	}
}

func has(members []member, name string) bool {
	return slices.ContainsFunc(members, func(m member) bool { return m.name == name })
}

// tagged follows the branch that the tag chooses. Without a branch nothing can
// be said about the other members.
func (x *explainer) tagged(i int, shape *Shape) {
	members, mark := x.membersOf(i)
	x.members = x.members[:mark]
	// Where lenient reading has several tags, the first one counts, as it does
	// for Reader.Tag.
	n := slices.IndexFunc(members, func(m member) bool { return m.name == shape.Tag })
	if n < 0 {
		x.report(ruleRequired, shape.Tag, shape.Tag)
		return
	}
	at := members[n].at
	here := x.enter(shape.Tag)
	chosen := NoShape
	if x.data[at] != '"' {
		x.report(ruleType, "", kindName(ShapeString))
	} else if chosen = shape.variant(stringValue(x.literal(at))); chosen == NoShape {
		x.report(ruleEnum, "", tagNames(shape.Variants))
	}
	x.leave(here)
	if chosen != NoShape {
		x.walk(i, Place{Shape: chosen})
	}
}

// variant returns the branch of a tag, or NoShape.
func (s *Shape) variant(tag string) ShapeID {
	for _, v := range s.Variants {
		if v.Tag == tag {
			return v.Shape
		}
	}
	return s.Rest
}
