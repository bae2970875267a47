package specimen

import (
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

// Examples collects what the schema itself gives for each named type: its own
// examples, and the parts of that type in the examples of methods and events.
func Examples(s *oracle.Schema) map[*ir.Type][][]byte {
	c := collector{out: map[*ir.Type][][]byte{}, seen: map[string]bool{}}
	for _, t := range s.Types() {
		for _, text := range t.Examples {
			c.add(text, ir.Use{Type: t})
		}
	}
	for _, x := range s.Model.Samples {
		c.add(x.JSON, x.Use)
	}
	errorFrame := s.Model.Frame(ir.FrameError)
	for _, m := range s.Model.Methods {
		for _, x := range m.Examples {
			c.add(x.Params, ir.Use{Type: m.Params})
			c.add(x.Result, m.Result)
			c.add(x.Accepted, ir.Use{Type: m.Accepted})
			c.add(x.Failure, ir.Use{Type: m.Failure})
			if errorFrame != nil {
				c.add(x.Error, ir.Use{Type: errorFrame.Type})
			}
			for _, e := range x.Events {
				c.payload(e.Event, x.Dialect, e.Payload)
			}
		}
	}
	for _, e := range s.Model.Events {
		for _, x := range e.Examples {
			c.payload(e, x.Dialect, x.Payload)
		}
	}
	return c.out
}

type collector struct {
	out  map[*ir.Type][][]byte
	seen map[string]bool
}

func (c *collector) payload(e *ir.Event, d *ir.Dialect, text []byte) {
	t := e.Payload
	if f := e.Form(d); f != nil && f.Payload != nil {
		t = f.Payload
	}
	c.add(text, ir.Use{Type: t})
}

// add keeps a text and the parts of it that have a named type.
func (c *collector) add(text []byte, use ir.Use) {
	if text == nil || use.Type == nil {
		return
	}
	for _, s := range Sites(text, use.Type) {
		part := s.Node.Raw()
		null := string(part) == "null"
		if null && s.Use.Type.Kind != ir.Raw {
			continue
		}
		for t := s.Use.Type; t != nil; {
			c.keep(t, part)
			if t.Kind != ir.Union {
				break
			}
			t = oracle.Branch(t, s.Node)
		}
	}
}

func (c *collector) keep(t *ir.Type, text []byte) {
	key := t.Location + "\x00" + string(text)
	if t.Named() && !c.seen[key] {
		c.seen[key] = true
		c.out[t] = append(c.out[t], text)
	}
}
