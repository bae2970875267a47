package lower

import "github.com/gatesmith/gatesmith/gen/ir"

// markRecursive marks types that contain themselves.
func markRecursive(types []*ir.Type) {
	for _, t := range types {
		for _, next := range t.Next() {
			ir.Walk(next, func(x *ir.Type) {
				if x == t {
					t.Recursive = true
				}
			})
		}
	}
}

// markDirections marks what clients send and what the server sends. A type can
// be both.
func markDirections(p *ir.Protocol) {
	in := func(t *ir.Type) { ir.Walk(t, func(x *ir.Type) { x.Inbound = true }) }
	out := func(t *ir.Type) { ir.Walk(t, func(x *ir.Type) { x.Outbound = true }) }
	for _, m := range p.Methods {
		in(m.Params)
		out(m.Result.Type)
		out(m.Accepted)
		out(m.Failure)
		for _, e := range m.Errors {
			if e.Details != nil {
				out(e.Details.Type)
			}
		}
	}
	for _, e := range p.Events {
		out(e.Payload)
		for _, f := range e.Forms {
			out(f.Payload)
		}
	}
	for _, f := range p.Frames {
		switch f.Kind {
		case ir.FrameRequest, ir.FrameConnect:
			in(f.Type)
		case ir.FrameUnion:
			in(f.Type)
			out(f.Type)
		default:
			out(f.Type)
		}
	}
	for _, t := range p.Configs {
		in(t)
	}
}
