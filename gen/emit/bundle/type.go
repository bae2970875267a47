package bundle

import "github.com/gatesmith/gatesmith/gen/ir"

// definition is the schema of a named type.
func (d *drafter) definition(t *ir.Type) *object { return d.spelled(t, false) }

// use is the schema at a place where a type is used: a reference to a named
// one, else the type itself, and null where it may stand there.
func (d *drafter) use(u ir.Use) *object {
	switch {
	case !u.Type.Named():
		return d.spelled(u.Type, u.Nullable)
	case u.Nullable:
		return (&object{}).put("anyOf", []any{d.ref(u.Type), (&object{}).put("type", "null")})
	}
	return d.ref(u.Type)
}

// field is the schema of a property. Draft-07 ignores whatever stands beside a
// $ref, so there the reference is wrapped.
func (d *drafter) field(f *ir.Field) *object {
	o := d.use(f.Use)
	named := f.Use.Type.Named()
	doc := f.Doc
	if named && doc == f.Use.Type.Doc {
		doc = "" // declared in place: the definition says it
	}
	if named && !f.Use.Nullable && (doc != "" || f.Default != nil || f.Deprecated != nil || f.Secret) {
		o = (&object{}).put("allOf", []any{o})
	}
	if doc != "" {
		o.set("description", doc)
	}
	if f.Default != nil {
		o.put("default", []byte(f.Default.JSON))
	}
	annotate(o, &f.Meta)
	return o
}

// annotate writes what tells people and code generators more, but no
// validator.
func annotate(o *object, m *ir.Meta) {
	if m.Secret {
		o.put("x-secret", true)
	}
	if dep := m.Deprecated; dep != nil {
		how := (&object{}).put("since", dep.Since)
		if dep.Use != "" {
			how.put("use", dep.Use)
		}
		o.put("x-deprecated", how)
	}
}

// spelled is a type written out.
func (d *drafter) spelled(t *ir.Type, nullable bool) *object {
	o := &object{}
	if t.Title != "" {
		o.put("title", t.Title)
	}
	if t.Doc != "" {
		o.put("description", t.Doc)
	}
	switch {
	case t.Const != nil:
		d.constant(o, t, nullable)
	case t.Kind == ir.Enum:
		d.enum(o, t, nullable)
	case t.Kind == ir.Union:
		d.union(o, t, nullable)
	default:
		if name := jsonType(t); name != "" {
			o.put("type", typeOf(name, nullable))
		}
		d.inside(o, t)
	}
	d.checks(o, t)
	if len(t.Examples) > 0 {
		var list []any
		for _, e := range t.Examples {
			list = append(list, e)
		}
		o.put("examples", list)
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

func (d *drafter) inside(o *object, t *ir.Type) {
	switch t.Kind {
	case ir.String:
		if len(t.Except) > 0 {
			o.put("not", (&object{}).put("enum", t.Except))
		}
		d.content(o, t.Content)
	case ir.Array:
		o.put("items", d.use(*t.Elem))
	case ir.Map:
		o.put("additionalProperties", d.use(*t.Elem))
	case ir.Struct:
		d.members(o, t)
	}
}

func (d *drafter) members(o *object, t *ir.Type) {
	o.put("additionalProperties", t.Open)
	var required []string
	properties := &object{}
	for _, f := range t.Fields {
		if f.Required {
			required = append(required, f.Wire)
		}
		properties.put(f.Wire, d.field(f))
	}
	if required != nil {
		o.put("required", required)
	}
	o.put("properties", properties)
	var all []any
	for _, sets := range t.Sets {
		var branches []any
		for _, set := range sets.Sets {
			branches = append(branches, (&object{}).put("required", set))
		}
		all = append(all, (&object{}).put(string(sets.Kind), branches))
	}
	switch len(all) {
	case 0:
	case 1:
		set := all[0].(*object)
		o.put(set.keys[0], set.values[0])
	default: // one from a fragment and one of its own may be of one kind
		o.put("allOf", all)
	}
}

// content says what a string encodes. Draft-07 has no contentSchema; readers
// who know it from later drafts still see it.
func (d *drafter) content(o *object, c *ir.Content) {
	if c == nil {
		return
	}
	if c.Encoding != "" {
		o.put("contentEncoding", c.Encoding)
	}
	if c.MediaType != "" {
		o.put("contentMediaType", c.MediaType)
	}
	if c.Schema != nil {
		o.put("contentSchema", d.use(*c.Schema))
	}
}

func (d *drafter) constant(o *object, t *ir.Type, nullable bool) {
	o.put("type", typeOf(jsonType(t), nullable))
	if nullable { // const would refuse the null
		o.put("enum", []any{[]byte(t.Const.JSON), []byte("null")})
		return
	}
	o.put("const", []byte(t.Const.JSON))
}

func (d *drafter) enum(o *object, t *ir.Type, nullable bool) {
	base := "string"
	if t.Enum.Base == ir.Int {
		base = "integer"
	}
	o.put("type", typeOf(base, nullable))
	var values []any
	for _, v := range t.Enum.Values {
		values = append(values, []byte(v.Value.JSON))
	}
	if t.Enum.Open {
		o.put("x-known", values)
		return
	}
	if nullable {
		values = append(values, []byte("null"))
	}
	o.put("enum", values)
}

// union lists the branches. They exclude each other by tag or by JSON kind, so
// oneOf holds for exactly one.
func (d *drafter) union(o *object, t *ir.Type, nullable bool) {
	if t.Union.Tag != "" {
		o.put("x-discriminator", t.Union.Tag)
	}
	var branches []any
	for _, v := range t.Union.Variants {
		branches = append(branches, d.use(ir.Use{Type: v.Type}))
	}
	if t.Union.Unknown != nil {
		branches = append(branches, d.use(ir.Use{Type: t.Union.Unknown.Type}))
	}
	if nullable {
		branches = append(branches, (&object{}).put("type", "null"))
	}
	o.put("oneOf", branches)
}

// checks writes the limits; their kinds are the keywords.
func (d *drafter) checks(o *object, t *ir.Type) {
	for _, c := range t.Checks {
		switch c.Kind {
		case ir.Pattern, ir.Format:
			o.put(string(c.Kind), c.Text)
		case ir.UniqueItems:
			o.put(string(c.Kind), true)
		default:
			o.put(string(c.Kind), []byte(c.Limit.JSON))
		}
	}
}
