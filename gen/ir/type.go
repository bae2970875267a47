package ir

import (
	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/name"
)

// Kind is what a type is made of. There is no kind for references: a
// reference is the same *Type.
type Kind uint8

// The kinds.
const (
	Bool Kind = iota + 1
	Int
	Float
	String
	Raw    // any JSON value, passed through
	Array  // Elem
	Map    // Elem
	Struct // Fields
	Enum   // Enum
	Union  // Union
)

// String names the kind.
func (k Kind) String() string {
	return [...]string{"invalid", "bool", "int", "float", "string", "raw", "array", "map", "struct", "enum", "union"}[k]
}

// Type is the shape of a value. Types with a name are declared in every
// target; the others are spelled out where they are used.
type Type struct {
	Meta
	Kind      Kind
	Title     string         // as written, for docs
	Fields    []*Field       // Struct
	Sets      []RequiredSets // Struct: which members must come together
	Open      bool           // Struct: unknown members are kept
	Fragment  bool           // Struct: only composed into others, not declared in any target
	Elem      *Use           // Array, Map
	Union     *UnionPlan     // Union
	Enum      *EnumPlan      // Enum
	Const     *Value         // Bool, Int, Float, String: the one value allowed
	Except    []string       // String: the values not allowed (the tag of an open branch)
	Checks    []Check        // Int, Float, String, Array
	Object    bool           // Raw: must be an object
	Recursive bool           // contains itself
	Inbound   bool           // reachable from what clients send
	Outbound  bool           // reachable from what the server sends
	Examples  [][]byte       // JSON texts
	Content   *Content       // String: what the text encodes
	File      string         // schema file it was declared in
	UI        *UIHints       // configuration keys
}

// Named reports whether the type is declared by name.
func (t *Type) Named() bool { return !t.Name.Empty() }

// Use is a type at a place where it is used; whether null may stand there
// belongs to the place.
type Use struct {
	Type     *Type
	Nullable bool
}

// Field is a property of a Struct.
type Field struct {
	Meta
	Wire     string
	Use      Use
	Required bool
	Default  *Value
	Reload   string   // configuration keys: live, drain or restart
	Exec     bool     // configuration keys: the value names a program
	Env      []string // configuration keys: variables that give the value, the stronger first
	UI       *UIHints
}

// UIHints tell a form how to show a configuration key.
type UIHints struct {
	Label, Help, Group, Placeholder string
	Order                           int
	Sensitive, Advanced             bool
}

// Content says that a string holds an encoded document.
type Content struct {
	Encoding, MediaType string
	Schema              *Use
}

// SetsKind is how many of the sets must be present.
type SetsKind string

// At least one, or exactly one.
const (
	AnySet SetsKind = "anyOf"
	OneSet SetsKind = "oneOf"
)

// RequiredSets demands that members are present by sets: at least one or
// exactly one set must be complete.
type RequiredSets struct {
	Kind SetsKind
	Sets [][]string
	Pos  diag.Pos
}

// UnionPlan tells the variants of a Union apart.
type UnionPlan struct {
	Tag      string // by this property; "" means by JSON kind
	Variants []*Variant
	Open     bool     // unknown tags are kept as they are
	Unknown  *Variant // the open branch, when Open
}

// Variant is a branch of a union.
type Variant struct {
	Name name.Name
	Tag  string // the discriminator's value
	Type *Type
	JSON string // by kind: string, number, boolean, array, object
}

// EnumPlan lists the values of an Enum.
type EnumPlan struct {
	Base   Kind // String or Int
	Values []*EnumValue
	Open   bool // other strings are valid too
}

// EnumValue is one value with the name of its constant.
type EnumValue struct {
	Name  name.Name
	Value Value
}

// CheckKind is a limit on a value. It is the keyword of the schema.
type CheckKind string

// The limits.
const (
	MinLength        CheckKind = "minLength"
	MaxLength        CheckKind = "maxLength"
	Pattern          CheckKind = "pattern"
	Format           CheckKind = "format"
	Minimum          CheckKind = "minimum"
	Maximum          CheckKind = "maximum"
	ExclusiveMinimum CheckKind = "exclusiveMinimum"
	ExclusiveMaximum CheckKind = "exclusiveMaximum"
	MultipleOf       CheckKind = "multipleOf"
	MinItems         CheckKind = "minItems"
	MaxItems         CheckKind = "maxItems"
	UniqueItems      CheckKind = "uniqueItems"
)

// CheckKinds lists every limit, so that tests can see that each target maps
// them all.
var CheckKinds = []CheckKind{MinLength, MaxLength, Pattern, Format, Minimum, Maximum,
	ExclusiveMinimum, ExclusiveMaximum, MultipleOf, MinItems, MaxItems, UniqueItems}

// Check is one limit. Text is the pattern or the format's name.
type Check struct {
	Kind  CheckKind
	Limit Value
	Text  string
	Pos   diag.Pos
}

// Check returns the limit of that kind, or nil.
func (t *Type) Check(kind CheckKind) *Check {
	for i := range t.Checks {
		if t.Checks[i].Kind == kind {
			return &t.Checks[i]
		}
	}
	return nil
}

// Field returns the field with that wire name, or nil.
func (t *Type) Field(wire string) *Field {
	for _, f := range t.Fields {
		if f.Wire == wire {
			return f
		}
	}
	return nil
}

// Value is a scalar of the schema: a default, const, enum value or limit.
// JSON is its literal in canonical form.
type Value struct {
	Kind  Kind // Bool, Int, Float or String
	Bool  bool
	Int   int64
	Float float64
	Str   string
	JSON  string
}

// Walk calls f for t and for every type reachable from it, once each.
func Walk(t *Type, f func(*Type)) {
	walk(t, map[*Type]bool{}, f)
}

func walk(t *Type, seen map[*Type]bool, f func(*Type)) {
	if t == nil || seen[t] {
		return
	}
	seen[t] = true
	f(t)
	for _, next := range t.Next() {
		walk(next, seen, f)
	}
}

// Next lists the types that t is made of.
func (t *Type) Next() []*Type {
	var out []*Type
	for _, field := range t.Fields {
		out = append(out, field.Use.Type)
	}
	if t.Elem != nil {
		out = append(out, t.Elem.Type)
	}
	if t.Union != nil {
		for _, v := range t.Union.Variants {
			out = append(out, v.Type)
		}
		if t.Union.Unknown != nil {
			out = append(out, t.Union.Unknown.Type)
		}
	}
	if t.Content != nil && t.Content.Schema != nil {
		out = append(out, t.Content.Schema.Type)
	}
	return out
}
