// Package draft07 writes types of the model as JSON Schema draft-07, which every
// tool understands: for the bundle of that draft, and for the documents whose
// schemas are that draft or one that includes it (AsyncAPI, OpenRPC). What the
// draft cannot say is spelled out, so composed objects are flattened.
package draft07

import (
	"fmt"

	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Writer writes schemas of a protocol's types. References to named types lead
// to Prefix and the type's name.
type Writer struct {
	Protocol *ir.Protocol
	Prefix   string // a JSON pointer, such as /definitions/
}

// Definitions are the schemas of all named types, by name. Tools look types up
// by their names, so no two may have the same.
func (w Writer) Definitions() (*jsondoc.Object, error) {
	defs, taken := &jsondoc.Object{}, map[string]*ir.Type{}
	for _, t := range w.Protocol.Types {
		if t.Fragment {
			continue // flattened into the types composed of it
		}
		name := w.Name(t)
		if other := taken[name]; other != nil {
			return nil, fmt.Errorf("%s: type %q has the same name as the one at %s: pin another with x-name", t.Pos, name, other.Pos)
		}
		taken[name] = t
		defs.Put(name, w.Definition(t))
	}
	return defs, nil
}

// Name is what a type is called.
func (w Writer) Name(t *ir.Type) string { return t.Name.Pascal(w.Protocol.Initialisms) }

func (w Writer) ref(t *ir.Type) *jsondoc.Object {
	return (&jsondoc.Object{}).Put("$ref", jsondoc.Fragment(w.Prefix+w.Name(t)))
}
