package breaking

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/shape"
)

// comparison is both versions with their parts put side by side. Rules only
// look at it.
type comparison struct {
	old, new Version
	methods  []methodPair
	names    []nameChange
	events   []eventPair
	frames   []framePair
	places   []placePair
	values   []valuePair

	seen   map[valueKey]bool
	met    map[*ir.Type]bool // types of the earlier version that have a counterpart
	shapes *shape.Table      // of the later version
	before *shape.Table      // of the earlier one
}

// methodPair is a method of the earlier version and what one of its names
// leads to in the later one.
type methodPair struct{ old, new *ir.Method }

// nameChange is a name that calls could use in the earlier version. Without
// a method it leads nowhere now.
type nameChange struct {
	name  string
	old   *ir.Method
	alias *ir.Alias // when the name was one
	new   *ir.Method
}

// eventPair is an event as one dialect saw it, and what has its name there
// now: nil when nothing has.
type eventPair struct {
	dialect  *ir.Dialect // of the earlier version
	name     string
	old, new *ir.Event
}

// framePair is an envelope in both versions; new is nil when it is gone.
type framePair struct{ old, new *ir.Frame }

// pair puts the parts of two versions side by side.
func pair(old, new Version) *comparison {
	c := &comparison{old: old, new: new, seen: map[valueKey]bool{}, met: map[*ir.Type]bool{},
		shapes: shape.Build(new.Protocol), before: shape.Build(old.Protocol)}
	for _, m := range old.Protocol.Methods {
		c.pairMethod(m)
	}
	for _, e := range old.Protocol.Events {
		for _, d := range old.Protocol.Dialects {
			c.pairEvent(e, d)
		}
	}
	for _, f := range old.Protocol.Frames {
		c.pairFrame(f)
	}
	return c
}

// pairMethod follows every name of a method as a client would.
func (c *comparison) pairMethod(m *ir.Method) {
	follow := func(name string, alias *ir.Alias) {
		n := nameChange{name: name, old: m, alias: alias, new: called(c.new.Protocol, name)}
		c.names = append(c.names, n)
		p := methodPair{m, n.new}
		if n.new == nil || slices.Contains(c.methods, p) {
			return
		}
		c.methods = append(c.methods, p)
		c.exchange(p)
	}
	follow(m.Wire, nil)
	for i := range m.Aliases {
		follow(m.Aliases[i].Name, &m.Aliases[i])
	}
}

// called finds a method by one of its names.
func called(p *ir.Protocol, name string) *ir.Method {
	for _, m := range p.Methods {
		if m.Wire == name || slices.ContainsFunc(m.Aliases, func(a ir.Alias) bool { return a.Name == name }) {
			return m
		}
	}
	return nil
}

// exchange pairs what a call sends and gets.
func (c *comparison) exchange(m methodPair) {
	root := func(dir direction, what string, old, new ir.Use) {
		if old.Type != nil && new.Type != nil {
			c.place(placePair{old: old, new: new, dir: dir, what: what + " of " + m.new.Wire})
		}
	}
	root(inbound, "the params", ir.Use{Type: m.old.Params}, ir.Use{Type: m.new.Params})
	root(outbound, "the result", m.old.Result, m.new.Result)
	root(outbound, "the early answer", ir.Use{Type: m.old.Accepted}, ir.Use{Type: m.new.Accepted})
	root(outbound, "the payload beside an error", ir.Use{Type: m.old.Failure}, ir.Use{Type: m.new.Failure})
	for _, e := range m.old.Errors {
		i := slices.IndexFunc(m.new.Errors, func(o ir.MethodError) bool { return o.Code.Name == e.Code.Name && o.Message == e.Message })
		if i >= 0 && e.Details != nil && m.new.Errors[i].Details != nil {
			root(outbound, "the details of an error", *e.Details, *m.new.Errors[i].Details)
		}
	}
}

// pairEvent looks an event up by its name in a dialect.
func (c *comparison) pairEvent(e *ir.Event, d *ir.Dialect) {
	name, payload := form(e, d)
	p := eventPair{dialect: d, name: name, old: e}
	there := c.new.Protocol.Dialect(d.Name)
	if there == nil {
		return // the dialect itself is gone
	}
	for _, o := range c.new.Protocol.Events {
		other, theirs := form(o, there)
		if other != name {
			continue
		}
		p.new = o
		if payload != nil && theirs != nil {
			c.place(placePair{old: ir.Use{Type: payload}, new: ir.Use{Type: theirs}, dir: outbound, what: "the payload of " + name + inDialect(c.old.Protocol, d)})
		}
	}
	c.events = append(c.events, p)
}

// form is an event's name and payload in a dialect.
func form(e *ir.Event, d *ir.Dialect) (string, *ir.Type) {
	if f := e.Form(d); f != nil {
		if f.Payload != nil {
			return f.Name, f.Payload
		}
		return f.Name, e.Payload
	}
	return e.Wire, e.Payload
}

// inDialect names a dialect where there is more than the canonical one.
func inDialect(p *ir.Protocol, d *ir.Dialect) string {
	if d == p.Canonical() {
		return ""
	}
	return " in dialect " + d.Name
}

// pairFrame pairs envelopes of one kind. A union of frames has nothing of its
// own: its branches are frames themselves.
func (c *comparison) pairFrame(f *ir.Frame) {
	p := framePair{f, c.new.Protocol.Frame(f.Kind)}
	c.frames = append(c.frames, p)
	if p.new == nil || f.Type == nil || p.new.Type == nil || f.Kind == ir.FrameUnion {
		return
	}
	dir := outbound
	if f.Kind == ir.FrameRequest || f.Kind == ir.FrameConnect {
		dir = inbound
	}
	c.place(placePair{old: ir.Use{Type: f.Type}, new: ir.Use{Type: p.new.Type}, dir: dir, what: "the " + string(f.Kind) + " frame"})
}
