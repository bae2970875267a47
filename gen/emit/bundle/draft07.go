package bundle

import (
	"fmt"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Draft-07 as its validators know it, with the empty fragment.
const draft07 = "http://json-schema.org/draft-07/schema#"

// Draft07 writes the model as one draft-07 document: every named type under
// definitions, by its name in code, and an index of methods and events by
// their names on the wire. What later drafts or our own keywords say is
// spelled out: composed objects are flattened, unions refer to their branches.
func Draft07(p *ir.Protocol) ([]byte, error) {
	d := drafter{p: p, pos: map[string]diag.Pos{}}
	doc := (&object{}).put("$schema", draft07).put("$comment", emit.Header)
	if title := p.Title; title != "" {
		doc.put("title", title)
	} else {
		doc.put("title", p.Name)
	}
	if p.Doc != "" {
		doc.put("description", p.Doc)
	}
	doc.put("x-version", p.Version)
	doc.put("x-methods", d.methods()).put("x-events", d.events())
	definitions := &object{}
	for _, t := range p.Types {
		if t.Fragment {
			continue // flattened into the types composed of it
		}
		name := d.name(t)
		if other, taken := d.pos[name]; taken {
			return nil, fmt.Errorf("%s: type %q has the same name in the draft-07 bundle as the one at %s: pin another with x-name", t.Pos, name, other)
		}
		d.pos[name] = t.Pos
		definitions.put(name, d.definition(t))
	}
	return pretty(doc.put("definitions", definitions))
}

type drafter struct {
	p   *ir.Protocol
	pos map[string]diag.Pos // of the definitions written so far
}

// methods is the index from wire names to what is sent with them.
func (d *drafter) methods() *object {
	index := &object{}
	for _, m := range d.p.Methods {
		entry := &object{}
		if m.Doc != "" {
			entry.put("description", m.Doc)
		}
		d.part(entry, "params", ir.Use{Type: m.Params})
		d.part(entry, "accepted", ir.Use{Type: m.Accepted})
		d.part(entry, "result", m.Result)
		d.part(entry, "failure", ir.Use{Type: m.Failure})
		index.put(m.Wire, entry)
	}
	return index
}

// events is the same for events. A dialect with another payload or name has an
// entry of its own beside the canonical one.
func (d *drafter) events() *object {
	index := &object{}
	for _, e := range d.p.Events {
		entry := &object{}
		if e.Doc != "" {
			entry.put("description", e.Doc)
		}
		d.part(entry, "payload", ir.Use{Type: e.Payload})
		forms := &object{}
		for _, f := range e.Forms {
			form := (&object{}).put("name", f.Name)
			d.part(form, "payload", ir.Use{Type: f.Payload})
			forms.put(f.Dialect.Name, form)
		}
		if len(forms.keys) > 0 {
			entry.put("x-dialects", forms)
		}
		index.put(e.Wire, entry)
	}
	return index
}

func (d *drafter) part(entry *object, key string, use ir.Use) {
	if use.Type != nil {
		entry.put(key, d.use(use))
	}
}

func (d *drafter) name(t *ir.Type) string { return t.Name.Pascal(d.p.Initialisms) }

func (d *drafter) ref(t *ir.Type) *object {
	return (&object{}).put("$ref", fragment("/definitions/"+d.name(t)))
}
