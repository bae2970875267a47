package vendor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// Reduce leaves of a protocol what a client of some groups needs: their methods
// and the handshake; the events that these lead to, those that belong to no
// method, and those whose payloads the hand-written runtime uses, by the names
// of their types; and the types of all that. No groups means all. The protocol
// itself is left as it is.
func Reduce(p *ir.Protocol, groups, used []string) (*ir.Protocol, error) {
	for _, name := range groups {
		if p.Group(name) == nil {
			return nil, fmt.Errorf("the protocol has no group %q: expected some of %s", name, strings.Join(groupNames(p), ", "))
		}
	}
	out := *p
	out.Configs, out.Samples = nil, nil
	if len(groups) > 0 {
		out.Groups, out.Methods, out.Events = nil, nil, nil
		for _, g := range p.Groups {
			kept := *g
			kept.Methods = slices.DeleteFunc(slices.Clone(g.Methods), func(m *ir.Method) bool { return !m.Runtime && !slices.Contains(groups, g.Name) })
			if len(kept.Methods) > 0 {
				out.Groups = append(out.Groups, &kept)
				out.Methods = append(out.Methods, kept.Methods...)
			}
		}
		for _, e := range p.Events {
			if leadsTo(out.Methods, e) || !leadsTo(p.Methods, e) || slices.Contains(used, e.Payload.Name.Pascal(p.Initialisms)) {
				out.Events = append(out.Events, e)
			}
		}
	}
	out.Types = reachable(&out)
	return &out, nil
}

func groupNames(p *ir.Protocol) []string {
	var out []string
	for _, g := range p.Groups {
		out = append(out, g.Name)
	}
	return out
}

// leadsTo reports whether one of the methods leads to an event.
func leadsTo(methods []*ir.Method, e *ir.Event) bool {
	return slices.ContainsFunc(methods, func(m *ir.Method) bool { return slices.Contains(m.Emits, e) })
}

// reachable lists the named types that a protocol still needs, in their order.
func reachable(p *ir.Protocol) []*ir.Type {
	needed := map[*ir.Type]bool{}
	need := func(t *ir.Type) { ir.Walk(t, func(t *ir.Type) { needed[t] = true }) }
	for _, f := range p.Frames {
		need(f.Type)
	}
	for _, m := range p.Methods {
		for _, t := range []*ir.Type{m.Params, m.Result.Type, m.Accepted, m.Failure} {
			need(t)
		}
		for _, e := range m.Errors {
			if e.Details != nil {
				need(e.Details.Type)
			}
		}
	}
	for _, e := range p.Events {
		need(e.Payload)
		for _, f := range e.Forms {
			need(f.Payload)
		}
	}
	return slices.DeleteFunc(slices.Clone(p.Types), func(t *ir.Type) bool { return !needed[t] })
}
