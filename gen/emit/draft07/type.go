package draft07

import (
	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Definition is the schema of a named type.
func (w Writer) Definition(t *ir.Type) *jsondoc.Object { return w.spelled(t, false) }

// Use is the schema at a place where a type is used: a reference to a named
// one, else the type itself, and null where it may stand there.
func (w Writer) Use(u ir.Use) *jsondoc.Object {
	switch {
	case !u.Type.Named():
		return w.spelled(u.Type, u.Nullable)
	case u.Nullable:
		return (&jsondoc.Object{}).Put("anyOf", []any{w.ref(u.Type), (&jsondoc.Object{}).Put("type", "null")})
	}
	return w.ref(u.Type)
}

// Field is the schema of a property. Draft-07 ignores whatever stands beside a
// $ref, so there the reference is wrapped.
func (w Writer) Field(f *ir.Field) *jsondoc.Object {
	o := w.Use(f.Use)
	named := f.Use.Type.Named()
	doc := f.Doc
	if named && doc == f.Use.Type.Doc {
		doc = "" // declared in place: the definition says it
	}
	if named && !f.Use.Nullable && (doc != "" || f.Default != nil || f.Deprecated != nil || f.Secret) {
		o = (&jsondoc.Object{}).Put("allOf", []any{o})
	}
	if doc != "" {
		o.Set("description", doc)
	}
	if f.Default != nil {
		o.Put("default", []byte(f.Default.JSON))
	}
	annotate(o, &f.Meta)
	return o
}

// annotate writes what tells people and code generators more, but no
// validator.
func annotate(o *jsondoc.Object, m *ir.Meta) {
	if m.Secret {
		o.Put("x-secret", true)
	}
	if dep := m.Deprecated; dep != nil {
		how := (&jsondoc.Object{}).Put("since", dep.Since)
		if dep.Use != "" {
			how.Put("use", dep.Use)
		}
		o.Put("x-deprecated", how)
	}
}

// spelled is a type written out.
func (w Writer) spelled(t *ir.Type, nullable bool) *jsondoc.Object {
	o := &jsondoc.Object{}
	if t.Title != "" {
		o.Put("title", t.Title)
	}
	if t.Doc != "" {
		o.Put("description", t.Doc)
	}
	switch {
	case t.Const != nil:
		w.constant(o, t, nullable)
	case t.Kind == ir.Enum:
		w.enum(o, t, nullable)
	case t.Kind == ir.Union:
		w.union(o, t, nullable)
	default:
		if name := jsonType(t); name != "" {
			o.Put("type", typeOf(name, nullable))
		}
		w.inside(o, t)
	}
	w.checks(o, t)
	if len(t.Examples) > 0 {
		var list []any
		for _, e := range t.Examples {
			list = append(list, e)
		}
		o.Put("examples", list)
	}
	if t.Named() {
		annotate(o, &t.Meta) // otherwise the field does it
	}
	return o
}

// jsonType is the value of type for a kind that has exactly one, "" for any
// value.
func jsonType(t *ir.Type) string {
	switch t.Kind {
	case ir.Bool:
		return "boolean"
	case ir.Int:
		return "integer"
	case ir.Float:
		return "number"
	case ir.String:
		return "string"
	case ir.Array:
		return "array"
	case ir.Map, ir.Struct:
		return "object"
	case ir.Raw:
		if t.Object {
			return "object"
		}
	}
	return ""
}

func typeOf(name string, nullable bool) any {
	if nullable {
		return []string{name, "null"}
	}
	return name
}

func (w Writer) inside(o *jsondoc.Object, t *ir.Type) {
	switch t.Kind {
	case ir.String:
		if len(t.Except) > 0 {
			o.Put("not", (&jsondoc.Object{}).Put("enum", t.Except))
		}
		w.content(o, t.Content)
	case ir.Array:
		o.Put("items", w.Use(*t.Elem))
	case ir.Map:
		o.Put("additionalProperties", w.Use(*t.Elem))
	case ir.Struct:
		w.members(o, t)
	}
}

func (w Writer) members(o *jsondoc.Object, t *ir.Type) {
	o.Put("additionalProperties", t.Open)
	var required []string
	properties := &jsondoc.Object{}
	for _, f := range t.Fields {
		if f.Required {
			required = append(required, f.Wire)
		}
		properties.Put(f.Wire, w.Field(f))
	}
	if required != nil {
		o.Put("required", required)
	}
	o.Put("properties", properties)
	var all []any
	for _, sets := range t.Sets {
		var branches []any
		for _, set := range sets.Sets {
			branches = append(branches, (&jsondoc.Object{}).Put("required", set))
		}
		all = append(all, (&jsondoc.Object{}).Put(string(sets.Kind), branches))
	}
	switch len(all) {
	case 0:
	case 1:
		o.Put(all[0].(*jsondoc.Object).First())
	default: // one from a fragment and one of its own may be of one kind
		o.Put("allOf", all)
	}
}

// content says what a string encodes. Draft-07 has no contentSchema; readers
// who know it from later drafts still see it.
func (w Writer) content(o *jsondoc.Object, c *ir.Content) {
	if c == nil {
		return
	}
	if c.Encoding != "" {
		o.Put("contentEncoding", c.Encoding)
	}
	if c.MediaType != "" {
		o.Put("contentMediaType", c.MediaType)
	}
	if c.Schema != nil {
		o.Put("contentSchema", w.Use(*c.Schema))
	}
}

func (w Writer) constant(o *jsondoc.Object, t *ir.Type, nullable bool) {
	o.Put("type", typeOf(jsonType(t), nullable))
	if nullable { // const would refuse the null
		o.Put("enum", []any{[]byte(t.Const.JSON), []byte("null")})
		return
	}
	o.Put("const", []byte(t.Const.JSON))
}

func (w Writer) enum(o *jsondoc.Object, t *ir.Type, nullable bool) {
	base := "string"
	if t.Enum.Base == ir.Int {
		base = "integer"
	}
	o.Put("type", typeOf(base, nullable))
	var values []any
	for _, v := range t.Enum.Values {
		values = append(values, []byte(v.Value.JSON))
	}
	if t.Enum.Open {
		o.Put("x-known", values)
		return
	}
	if nullable {
		values = append(values, []byte("null"))
	}
	o.Put("enum", values)
}

// union lists the branches. They exclude each other by tag or by JSON kind, so
// oneOf holds for exactly one.
func (w Writer) union(o *jsondoc.Object, t *ir.Type, nullable bool) {
	if t.Union.Tag != "" {
		o.Put("x-discriminator", t.Union.Tag)
	}
	var branches []any
	for _, v := range t.Union.Variants {
		branches = append(branches, w.Use(ir.Use{Type: v.Type}))
	}
	if t.Union.Unknown != nil {
		branches = append(branches, w.Use(ir.Use{Type: t.Union.Unknown.Type}))
	}
	if nullable {
		branches = append(branches, (&jsondoc.Object{}).Put("type", "null"))
	}
	o.Put("oneOf", branches)
}

// checks writes the limits; their kinds are the keywords.
func (w Writer) checks(o *jsondoc.Object, t *ir.Type) {
	for _, c := range t.Checks {
		switch c.Kind {
		case ir.Pattern, ir.Format:
			o.Put(string(c.Kind), c.Text)
		case ir.UniqueItems:
			o.Put(string(c.Kind), true)
		default:
			o.Put(string(c.Kind), []byte(c.Limit.JSON))
		}
	}
}
