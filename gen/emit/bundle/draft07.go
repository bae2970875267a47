package bundle

import (
	"fmt"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/draft07"
	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Draft-07 as its validators know it, with the empty fragment.
const draft07URI = "http://json-schema.org/draft-07/schema#"

// Draft07 writes the model as one draft-07 document: every named type under
// definitions, by its name in code, and an index of methods and events by
// their names on the wire. What later drafts or our own keywords say is
// spelled out: composed objects are flattened, unions refer to their branches.
func Draft07(p *ir.Protocol) ([]byte, error) {
	d := drafter{draft07.Writer{Protocol: p, Prefix: "/definitions/"}, p}
	doc := (&jsondoc.Object{}).Put("$schema", draft07URI).Put("$comment", emit.Header)
	if title := p.Title; title != "" {
		doc.Put("title", title)
	} else {
		doc.Put("title", p.Name)
	}
	if p.Doc != "" {
		doc.Put("description", p.Doc)
	}
	doc.Put("x-version", p.Version)
	doc.Put("x-methods", d.methods()).Put("x-events", d.events())
	definitions, err := d.Definitions()
	if err != nil {
		return nil, fmt.Errorf("draft-07 bundle: %w", err)
	}
	return jsondoc.Pretty(doc.Put("definitions", definitions))
}

type drafter struct {
	draft07.Writer
	p *ir.Protocol
}

// methods is the index from wire names to what is sent with them.
func (d *drafter) methods() *jsondoc.Object {
	index := &jsondoc.Object{}
	for _, m := range d.p.Methods {
		entry := &jsondoc.Object{}
		if m.Doc != "" {
			entry.Put("description", m.Doc)
		}
		d.part(entry, "params", ir.Use{Type: m.Params})
		d.part(entry, "accepted", ir.Use{Type: m.Accepted})
		d.part(entry, "result", m.Result)
		d.part(entry, "failure", ir.Use{Type: m.Failure})
		index.Put(m.Wire, entry)
	}
	return index
}

// events is the same for events. A dialect with another payload or name has an
// entry of its own beside the canonical one.
func (d *drafter) events() *jsondoc.Object {
	index := &jsondoc.Object{}
	for _, e := range d.p.Events {
		entry := &jsondoc.Object{}
		if e.Doc != "" {
			entry.Put("description", e.Doc)
		}
		d.part(entry, "payload", ir.Use{Type: e.Payload})
		forms := &jsondoc.Object{}
		for _, f := range e.Forms {
			form := (&jsondoc.Object{}).Put("name", f.Name)
			d.part(form, "payload", ir.Use{Type: f.Payload})
			forms.Put(f.Dialect.Name, form)
		}
		if !forms.Empty() {
			entry.Put("x-dialects", forms)
		}
		index.Put(e.Wire, entry)
	}
	return index
}

func (d *drafter) part(entry *jsondoc.Object, key string, use ir.Use) {
	if use.Type != nil {
		entry.Put(key, d.Use(use))
	}
}
