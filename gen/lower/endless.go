package lower

import "github.com/gatesmith/gatesmith/gen/diag"

// endless reports arrays and maps that are made of nothing but themselves. An
// empty one would be a value, but no target language can name the type.
func (l *lowerer) endless() {
	for _, t := range l.lists {
		next := t
		for range l.lists { // no chain is longer
			if next.Elem == nil || next.Elem.Type == nil {
				break
			}
			if next = next.Elem.Type; next == t {
				l.list.Add(t.Pos, diag.RefCycle, "this %s is made of itself alone: put an object or a union between", t.Kind)
				break
			}
		}
	}
}
