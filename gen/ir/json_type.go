package ir

import (
	"encoding/json"
	"slices"
)

// jsonUse is a type where it is used: a name to look up among the types, or
// the type itself when it has none.
type jsonUse struct {
	Ref      string    `json:"ref,omitempty"`
	Type     *jsonType `json:"type,omitempty"`
	Nullable bool      `json:"nullable,omitempty"`
}

type jsonType struct {
	Name string `json:"name,omitempty"`
	Kind string `json:"kind"`
	jsonMeta
	Title     string            `json:"title,omitempty"`
	Fields    []jsonField       `json:"fields,omitempty"`
	Sets      []jsonSets        `json:"sets,omitempty"`
	Open      bool              `json:"open,omitempty"`
	Fragment  bool              `json:"fragment,omitempty"`
	Elem      *jsonUse          `json:"elem,omitempty"`
	Union     *jsonUnion        `json:"union,omitempty"`
	Enum      *jsonEnum         `json:"enum,omitempty"`
	Const     json.RawMessage   `json:"const,omitempty"`
	Except    []string          `json:"except,omitempty"`
	Checks    []jsonCheck       `json:"checks,omitempty"`
	Object    bool              `json:"object,omitempty"`
	Recursive bool              `json:"recursive,omitempty"`
	Inbound   bool              `json:"inbound,omitempty"`
	Outbound  bool              `json:"outbound,omitempty"`
	Examples  []json.RawMessage `json:"examples,omitempty"`
	Content   *jsonContent      `json:"content,omitempty"`
	UI        *jsonUI           `json:"ui,omitempty"`
}

type jsonField struct {
	Wire string `json:"wire"`
	jsonMeta
	Use      *jsonUse        `json:"use"`
	Required bool            `json:"required"`
	Default  json.RawMessage `json:"default,omitempty"`
	Reload   string          `json:"reload,omitempty"`
	Exec     bool            `json:"exec,omitempty"`
	Env      []string        `json:"env,omitempty"`
	UI       *jsonUI         `json:"ui,omitempty"`
}

type jsonSets struct {
	Kind SetsKind   `json:"kind"`
	Sets [][]string `json:"sets"`
}

type jsonUnion struct {
	Tag      string        `json:"tag,omitempty"`
	Variants []jsonVariant `json:"variants"`
	Open     bool          `json:"open,omitempty"`
	Unknown  *jsonVariant  `json:"unknown,omitempty"`
}

type jsonVariant struct {
	Name []string `json:"words,omitempty"`
	Tag  string   `json:"tag,omitempty"`
	JSON string   `json:"json,omitempty"`
	Type *jsonUse `json:"use"`
}

type jsonEnum struct {
	Base   string          `json:"base"`
	Values []jsonEnumValue `json:"values"`
	Open   bool            `json:"open,omitempty"`
}

type jsonEnumValue struct {
	Name  []string        `json:"words"`
	Value json.RawMessage `json:"value"`
}

// jsonCheck is a limit: a value, or the text of a pattern or format.
type jsonCheck struct {
	Kind  CheckKind       `json:"kind"`
	Limit json.RawMessage `json:"limit,omitempty"`
	Text  string          `json:"text,omitempty"`
}

type jsonContent struct {
	Encoding  string   `json:"encoding,omitempty"`
	MediaType string   `json:"mediaType,omitempty"`
	Schema    *jsonUse `json:"schema,omitempty"`
}

type jsonUI struct {
	Label       string `json:"label,omitempty"`
	Help        string `json:"help,omitempty"`
	Group       string `json:"group,omitempty"`
	Placeholder string `json:"placeholder,omitempty"`
	Order       int    `json:"order,omitempty"`
	Sensitive   bool   `json:"sensitive,omitempty"`
	Advanced    bool   `json:"advanced,omitempty"`
}

// use refers to a type by name, or spells it out.
func (w *jsonWriter) use(u *Use) *jsonUse {
	if u == nil || u.Type == nil {
		return nil
	}
	out := w.typ(u.Type)
	out.Nullable = u.Nullable
	return out
}

func (w *jsonWriter) typ(t *Type) *jsonUse {
	switch {
	case t == nil:
		return nil
	case t.Named():
		return &jsonUse{Ref: w.typeName(t)}
	case slices.Contains(w.open, t):
		// A type without a name that contains itself: only its place can say
		// which one it is.
		return &jsonUse{Type: &jsonType{Kind: t.Kind.String(), jsonMeta: jsonMeta{At: t.Location, Line: t.Pos.Line, Col: t.Pos.Col}, Recursive: true}}
	}
	w.open = append(w.open, t)
	spelled := w.declaration(t)
	w.open = w.open[:len(w.open)-1]
	return &jsonUse{Type: &spelled}
}

func (w *jsonWriter) declaration(t *Type) jsonType {
	out := jsonType{
		Name: w.typeName(t), Kind: t.Kind.String(), jsonMeta: w.meta(t.Meta), Title: t.Title, Open: t.Open, Fragment: t.Fragment,
		Elem: w.use(t.Elem), Const: w.value(t.Const), Except: t.Except, Object: t.Object, Recursive: t.Recursive,
		Inbound: t.Inbound, Outbound: t.Outbound, Examples: each(t.Examples, raw), UI: (*jsonUI)(t.UI),
	}
	out.Fields = each(t.Fields, w.field)
	out.Sets = each(t.Sets, func(s RequiredSets) jsonSets { return jsonSets{Kind: s.Kind, Sets: s.Sets} })
	out.Checks = each(t.Checks, w.check)
	if t.Union != nil {
		out.Union = &jsonUnion{Tag: t.Union.Tag, Open: t.Union.Open,
			Variants: each(t.Union.Variants, func(v *Variant) jsonVariant { return *w.variant(v) }), Unknown: w.variant(t.Union.Unknown)}
	}
	if t.Enum != nil {
		out.Enum = &jsonEnum{Base: t.Enum.Base.String(), Open: t.Enum.Open, Values: each(t.Enum.Values, func(v *EnumValue) jsonEnumValue {
			return jsonEnumValue{Name: words(v.Name), Value: w.value(&v.Value)}
		})}
	}
	if c := t.Content; c != nil {
		out.Content = &jsonContent{Encoding: c.Encoding, MediaType: c.MediaType, Schema: w.use(c.Schema)}
	}
	return out
}

func (w *jsonWriter) field(f *Field) jsonField {
	return jsonField{Wire: f.Wire, jsonMeta: w.meta(f.Meta), Use: w.use(&f.Use), Required: f.Required, Default: w.value(f.Default),
		Reload: f.Reload, Exec: f.Exec, Env: f.Env, UI: (*jsonUI)(f.UI)}
}

func (w *jsonWriter) variant(v *Variant) *jsonVariant {
	if v == nil {
		return nil
	}
	return &jsonVariant{Name: words(v.Name), Tag: v.Tag, JSON: v.JSON, Type: w.typ(v.Type)}
}

func (w *jsonWriter) check(c Check) jsonCheck {
	out := jsonCheck{Kind: c.Kind, Text: c.Text}
	if c.Text == "" {
		out.Limit = w.value(&c.Limit)
	}
	return out
}

func (w *jsonWriter) value(v *Value) json.RawMessage {
	if v == nil || v.JSON == "" {
		return nil
	}
	return json.RawMessage(v.JSON)
}
