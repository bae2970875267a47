package lint

import (
	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// docs reports what has no description. A field whose type is described does
// not need one of its own; the parts of a method may speak for themselves.
func (l *linter) docs() {
	parts := map[*ir.Type]bool{}
	for _, m := range l.p.Methods {
		l.described(m.Meta, "method "+m.Wire)
		for _, t := range []*ir.Type{m.Params, m.Result.Type, m.Accepted, m.Failure} {
			parts[t] = true
		}
		if len(m.Examples) == 0 {
			l.report(m.Location, diag.ExampleRequired, "method %s has no example: add x-examples with at least one exchange", m.Wire)
		}
	}
	for _, e := range l.p.Events {
		l.described(e.Meta, "event "+e.Wire)
		parts[e.Payload] = true
		if len(e.Examples) == 0 {
			l.report(e.Location, diag.ExampleRequired, "event %s has no example: add x-examples with at least one payload", e.Wire)
		}
	}
	for _, t := range l.p.Types {
		// Fields describe the types that are spelled out in them.
		if !parts[t] && !inline(t) {
			l.described(t.Meta, "type "+t.Name.Pascal(l.p.Initialisms))
		}
		for _, f := range t.Fields {
			if f.Doc == "" && (f.Use.Type == nil || f.Use.Type.Doc == "") {
				l.described(f.Meta, "property "+f.Wire)
			}
		}
	}
}

func (l *linter) described(m ir.Meta, what string) {
	if m.Doc == "" {
		l.report(m.Location, diag.DocRequired, "%s has no description", what)
	}
}
