package lint

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// shapeless reports values of any kind, which clients cannot rely on.
func (l *linter) shapeless() {
	anyValue := func(use *ir.Use) bool {
		return use != nil && use.Type != nil && use.Type.Kind == ir.Raw && !use.Type.Object
	}
	seen := map[string]bool{}
	report := func(location, what string) {
		if !seen[location] {
			seen[location] = true
			l.report(location, diag.TypeNoAny, "%s has no shape: any value is accepted; give it a type, or list the exception with a reason", what)
		}
	}
	roots := slices.Clone(l.p.Types)
	for _, m := range l.p.Methods {
		roots = append(roots, m.Result.Type)
		for _, e := range m.Errors {
			if e.Details != nil {
				roots = append(roots, e.Details.Type)
			}
		}
	}
	for _, t := range roots {
		ir.Walk(t, func(t *ir.Type) {
			for _, f := range t.Fields {
				if anyValue(&f.Use) {
					report(f.Location, "property "+f.Wire)
				}
			}
			switch {
			case !anyValue(t.Elem):
			case t.Kind == ir.Map:
				report(t.Location+"/additionalProperties", "a value of this map")
			default:
				report(t.Location+"/items", "an item of this list")
			}
		})
	}
	for _, m := range l.p.Methods {
		if anyValue(&m.Result) {
			report(m.Result.Type.Location, "the result of "+m.Wire)
		}
	}
}

// unused reports types that nothing leads to, and scopes that guard nothing.
func (l *linter) unused() {
	for _, t := range l.p.Types {
		switch {
		case t.Fragment && !l.composed(t):
			l.report(t.Location, diag.TypeUnused, "no type is composed of the fragment %s: remove it", t.Name.Pascal(l.p.Initialisms))
		case !t.Fragment && !t.Inbound && !t.Outbound:
			l.report(t.Location, diag.TypeUnused, "nothing leads to type %s: remove it, or use it in a method, event, frame or configuration file", t.Name.Pascal(l.p.Initialisms))
		}
	}
	wanted := []*ir.Scope{l.p.UnknownMethod.Scope}
	for _, m := range l.p.Methods {
		wanted = append(wanted, m.Access.Scope)
	}
	for _, e := range l.p.Events {
		wanted = append(wanted, e.Access.Scope)
	}
	for _, s := range l.p.Scopes {
		if !slices.Contains(wanted, s) {
			l.report("protocol.json#/scopes/"+s.Name, diag.ScopeUnused, "scope %s guards no method and no event: remove it", s.Name)
		}
	}
}

// composed reports whether some type has the members of a fragment: they keep
// the place where they were declared.
func (l *linter) composed(fragment *ir.Type) bool {
	if len(fragment.Fields) == 0 {
		return true
	}
	first := fragment.Fields[0].Pos
	return slices.ContainsFunc(l.p.Types, func(t *ir.Type) bool {
		return t != fragment && slices.ContainsFunc(t.Fields, func(f *ir.Field) bool { return f.Pos == first })
	})
}
