package python

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
)

// Names that a schema may not take, because Python or generated code needs
// them. What is called so gets an underscore at its end.
var (
	// keywords are Python's, the soft ones not among them.
	keywords = []string{"False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
		"del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
		"not", "or", "pass", "raise", "return", "try", "while", "with", "yield"}
	// inTypes are imported into the module of types.
	inTypes = []string{"UNSET", "TABLE", "CODECS", "Any", "ClassVar", "Codec", "Final", "JsonObject", "JsonValue", "Literal", "Mapping",
		"Sequence", "Struct", "TypeAlias", "Unset"}
	// inClasses are what annotations in a class use, and its inherited members.
	inClasses = []string{"annotations", "bool", "codec_of", "dataclass", "extra", "field", "float", "from_json", "from_value", "int",
		"str", "to_json", "to_value"}
	// inCalls are the members of clients that are written by hand.
	inCalls = []string{"address", "call", "call_raw", "close", "closed", "connect", "error", "hello", "on", "on_any", "on_gap", "on_state",
		"options", "state", "stream", "stream_any"}
)

// names are the Python names of what a module declares.
type names struct {
	types, codecs   map[*ir.Type]string
	methods, consts map[*ir.Method]string
	events          map[*ir.Event]string
	errs            diag.List
	taken           map[string]bool // in the module at hand
	initialisms     []string
}

// plan names everything, and reports names that would stand twice in a module:
// those of the schema are distinct, but not always when Python spells them.
func (g *generator) plan() error {
	n := &g.names
	*n = names{types: map[*ir.Type]string{}, codecs: map[*ir.Type]string{}, methods: map[*ir.Method]string{},
		consts: map[*ir.Method]string{}, events: map[*ir.Event]string{}, initialisms: g.p.Initialisms}
	n.module(inTypes)
	for _, t := range g.declared() {
		n.types[t] = n.add(t.Meta, t.Name.Pascal(g.p.Initialisms))
	}
	var types []string
	for _, t := range g.declared() {
		types = append(types, n.types[t])
	}
	n.module(slices.Concat(inTypes, types)) // a union may be named ID
	for _, t := range g.declared() {
		if t.Kind == ir.Union {
			n.codecs[t] = n.add(t.Meta, constant(t.Name))
		}
	}
	n.module([]string{"METHODS"})
	for _, m := range g.p.Methods {
		n.consts[m] = n.add(m.Meta, constant(m.Name))
	}
	n.module(inCalls)
	for _, m := range g.served() {
		n.methods[m] = n.add(m.Meta, snake(m.Name))
	}
	n.module([]string{"EVENTS"})
	for _, e := range g.p.Events {
		n.events[e] = n.add(e.Meta, constant(eventName(e)))
	}
	for _, t := range g.declared() {
		n.module(nil)
		for _, f := range t.Fields {
			n.add(f.Meta, attribute(f))
		}
	}
	return n.err()
}

// module begins a scope in which no name may stand twice.
func (n *names) module(reserved []string) {
	n.taken = map[string]bool{}
	for _, r := range reserved {
		n.taken[r] = true
	}
}

// add gives what a thing is called. A name that is not free for it, since
// generated code has it, gets an underscore; one of another thing is a
// collision.
func (n *names) add(meta ir.Meta, want string) string {
	if reserved(want, n.taken) {
		want += "_"
	}
	if n.taken["\x00"+want] {
		n.errs.Add(meta.Pos, diag.NameCollision, "%s would be declared twice in Python: give one another title, or pin a name with x-name", want)
	}
	n.taken["\x00"+want] = true // apart from those that are reserved
	return want
}

func reserved(want string, taken map[string]bool) bool {
	return slices.Contains(keywords, want) || taken[want]
}

func (n *names) err() error {
	if len(n.errs) == 0 {
		return nil
	}
	n.errs.Sort()
	var b strings.Builder
	if err := diag.WriteText(&b, n.errs, nil); err != nil {
		return err
	}
	return fmt.Errorf("%s", strings.TrimSuffix(b.String(), "\n"))
}

// attribute is what a property is called in its class.
func attribute(f *ir.Field) string {
	n := snake(f.Name)
	if slices.Contains(keywords, n) || slices.Contains(inClasses, n) {
		return n + "_"
	}
	return n
}

// snake joins a name as Python has it; one that begins with a digit is none.
func snake(n name.Name) string {
	s := n.Snake()
	if s != "" && '0' <= s[0] && s[0] <= '9' {
		return "_" + s
	}
	return s
}

func constant(n name.Name) string { return strings.ToUpper(snake(n)) }

// eventName leaves out the word that all events could have.
func eventName(e *ir.Event) name.Name {
	words := e.Name.Words()
	if last := len(words) - 1; last > 0 && words[last] == "event" {
		return name.Split(strings.Join(words[:last], " "))
	}
	return e.Name
}

// declared lists the types that have a declaration.
func (g *generator) declared() []*ir.Type {
	return slices.DeleteFunc(slices.Clone(g.p.Types), func(t *ir.Type) bool { return t.Fragment })
}

// served lists the methods that clients call.
func (g *generator) served() []*ir.Method {
	return slices.DeleteFunc(slices.Clone(g.p.Methods), func(m *ir.Method) bool { return m.Runtime })
}
