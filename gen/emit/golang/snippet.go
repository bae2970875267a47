package golang

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Call writes a call with the generated client as a program would have it: of
// the client c, in the context ctx, with the params that are given as JSON. It
// is for documentation.
func (e Client) Call(p *ir.Protocol, m *ir.Method, params []byte) (string, error) {
	g := &generator{Emitter: Emitter{Wire: e.Wire}, p: p, protocol: e.Protocol}
	value, err := g.structLiteral(m.Params, params)
	if err != nil {
		return "", fmt.Errorf("the params of %s in Go: %w", m.Wire, err)
	}
	return render(jen.List(id("result"), id("err")).Op(":=").Id("c").Dot(g.pascal(m.Name)).
		Call(id("ctx"), jen.Op("&").Add(value)))
}

// Subscription writes how a program with the client c hears of an event.
func (e Client) Subscription(p *ir.Protocol, ev *ir.Event) (string, error) {
	g := &generator{Emitter: Emitter{Wire: e.Wire}, p: p, protocol: e.Protocol}
	body := jen.Qual("fmt", "Println").Call(id("event"))
	return render(id("stop").Op(":=").Id("c").Dot("On" + g.eventConst(ev)[len("Event"):]).Call(
		jen.Func().Params(id("event").Add(g.payloadType(ev.Payload))).Block(body)).
		Line().Defer().Id("stop").Call())
}

// render writes statements with the packages that they name, without imports.
func render(code *jen.Statement) (string, error) {
	var b bytes.Buffer
	if err := code.Render(&b); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

// jsonLiteral is a JSON value as a Go expression of the type that it is of.
func (g *generator) jsonLiteral(t *ir.Type, text []byte) (*jen.Statement, error) {
	switch t.Kind {
	case ir.Raw:
		compact, err := jsondoc.Compact(text)
		return g.wire("Raw").Call(jen.Lit(compact)), err
	case ir.Array:
		return g.arrayLiteral(t, text)
	case ir.Map:
		return g.mapLiteral(t, text)
	case ir.Struct:
		return g.structLiteral(t, text)
	case ir.Union:
		return g.unionLiteral(t, text)
	case ir.Enum:
		return g.enumLiteral(t, text)
	}
	return scalarLiteral(t, text)
}

// enumLiteral is the constant of a value, or for one that the schema does not
// list a conversion.
func (g *generator) enumLiteral(t *ir.Type, text []byte) (*jen.Statement, error) {
	for _, v := range t.Enum.Values {
		if v.Value.JSON == string(text) {
			return jen.Qual(g.protocol, g.enumConst(t, v)), nil
		}
	}
	v, err := untyped(text)
	return g.goType(t).Call(v), err
}

func scalarLiteral(t *ir.Type, text []byte) (*jen.Statement, error) {
	var v any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case string:
		return jen.Lit(v), nil
	case bool:
		return jen.Lit(v), nil
	case json.Number:
		if t.Kind == ir.Float {
			return jen.Float64().Call(jen.Op(v.String())), nil
		}
		return jen.Int64().Call(jen.Op(v.String())), nil
	}
	return nil, fmt.Errorf("%s is no %s", text, t.Kind)
}

func lines(items []jen.Code) *jen.Statement {
	if len(items) == 0 {
		return jen.Values()
	}
	return jen.CustomFunc(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, func(v *jen.Group) {
		for _, item := range items {
			v.Add(item)
		}
	})
}

// elementLiteral is an item of an array or a value of a map.
func (g *generator) elementLiteral(use ir.Use, text []byte) (*jen.Statement, error) {
	if jsondoc.IsNull(text) && use.Nullable && !nilable(use.Type) {
		return jen.Values(), nil
	}
	v, err := g.plainLiteral(use.Type, text)
	if err == nil && use.Nullable && !nilable(use.Type) {
		v = g.wire("Value").Call(v)
	}
	return v, err
}

// plainLiteral is a value where Go knows its type already.
func (g *generator) plainLiteral(t *ir.Type, text []byte) (*jen.Statement, error) {
	switch t.Kind {
	case ir.Bool, ir.Int, ir.Float, ir.String:
		return untyped(text)
	}
	return g.jsonLiteral(t, text)
}

// untyped writes a scalar as a constant without a type.
func untyped(text []byte) (*jen.Statement, error) {
	v, err := scalarLiteral(&ir.Type{Kind: ir.Raw}, text)
	if number := len(text) > 0 && (text[0] == '-' || '0' <= text[0] && text[0] <= '9'); err == nil && number {
		return jen.Op(string(text)), nil
	}
	return v, err
}

func (g *generator) arrayLiteral(t *ir.Type, text []byte) (*jen.Statement, error) {
	items, err := jsondoc.Items(text)
	if err != nil {
		return nil, err
	}
	var values []jen.Code
	short := true
	for _, item := range items {
		v, err := g.elementLiteral(*t.Elem, item)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		short = short && isScalar(t.Elem.Type) && len(text) < 60
	}
	typed := g.goType(t)
	if short {
		return typed.Values(values...), nil
	}
	return typed.Add(lines(values)), nil
}

func (g *generator) mapLiteral(t *ir.Type, text []byte) (*jen.Statement, error) {
	members, err := jsondoc.Members(text)
	if err != nil {
		return nil, err
	}
	var values []jen.Code
	for _, m := range members {
		v, err := g.elementLiteral(*t.Elem, m.Value)
		if err != nil {
			return nil, err
		}
		values = append(values, jen.Lit(m.Name).Op(":").Add(v))
	}
	return g.goType(t).Add(lines(values)), nil
}

func (g *generator) structLiteral(t *ir.Type, text []byte) (*jen.Statement, error) {
	members, err := jsondoc.Members(text)
	if err != nil {
		return nil, err
	}
	var values []jen.Code
	known := map[string]bool{}
	for _, f := range t.Fields {
		known[f.Wire] = true
		value := jsondoc.Find(members, f.Wire)
		if value == nil || !hasField(f) {
			continue
		}
		v, err := g.fieldLiteral(t, f, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Wire, err)
		}
		values = append(values, id(g.fieldName(f)).Op(":").Add(v))
	}
	var extra []jen.Code
	for _, m := range members {
		if !known[m.Name] {
			extra = append(extra, jen.Values(jen.Id("Name").Op(":").Lit(m.Name), jen.Id("Value").Op(":").Add(g.wire("Raw")).Call(jen.Lit(string(m.Value)))))
		}
	}
	if len(extra) > 0 && t.Open {
		values = append(values, id("Extra").Op(":").Add(g.wire("Extra"), lines(extra)))
	}
	return g.goType(t).Add(lines(values)), nil
}

// fieldLiteral is a member's value in the wrapper that its field has.
func (g *generator) fieldLiteral(owner *ir.Type, f *ir.Field, text []byte) (*jen.Statement, error) {
	t, w := f.Use.Type, wrap(f)
	if jsondoc.IsNull(text) && f.Use.Nullable {
		switch {
		case w == optNull:
			return g.wire("ExplicitNull").Types(g.valueType(owner, t)).Call(), nil
		case w == null:
			return g.wire("Null").Types(g.valueType(owner, t)).Values(), nil
		case t.Kind == ir.Raw:
			return g.wire("Raw").Call(jen.Lit("null")), nil
		}
		return jen.Nil(), nil
	}
	make := g.plainLiteral
	if w != bare {
		make = g.jsonLiteral // the wrapper's type follows from the value's
	}
	v, err := make(t, text)
	if err != nil {
		return nil, err
	}
	if recursiveEdge(owner, t) {
		v = jen.Op("&").Add(v)
		if w == opt {
			return v, nil
		}
	}
	switch w {
	case opt:
		return g.wire("Some").Call(v), nil
	case null:
		return g.wire("Value").Call(v), nil
	case optNull:
		if isTagged(t) {
			return g.wire("SomeOrNull").Types(g.goType(t)).Call(v), nil
		}
		return g.wire("SomeOrNull").Call(v), nil
	}
	return v, nil
}

func (g *generator) unionLiteral(t *ir.Type, text []byte) (*jen.Statement, error) {
	if !isTagged(t) {
		return g.kindLiteral(t, text)
	}
	members, err := jsondoc.Members(text)
	if err != nil {
		return nil, err
	}
	var tag string
	if err := json.Unmarshal(jsondoc.Find(members, t.Union.Tag), &tag); err != nil {
		return nil, err
	}
	branch := t.Union.Unknown
	for _, v := range t.Union.Variants {
		if v.Tag == tag {
			branch = v
		}
	}
	if branch == nil {
		return nil, fmt.Errorf("%q is no tag of %s", tag, g.typeName(t))
	}
	v, err := g.structLiteral(branch.Type, text)
	return jen.Op("&").Add(v), err
}

// kindOf is the JSON kind of a text, by its first byte.
func kindOf(text []byte) string {
	switch text[0] {
	case '"':
		return "string"
	case '[':
		return "array"
	case '{':
		return "object"
	case 't', 'f':
		return "boolean"
	}
	return "number"
}

func (g *generator) kindLiteral(t *ir.Type, text []byte) (*jen.Statement, error) {
	for _, v := range t.Union.Variants {
		if v.JSON != kindOf(text) {
			continue
		}
		value, err := g.plainLiteral(v.Type, text)
		if recursiveEdge(t, v.Type) {
			value = jen.Op("&").Add(value)
		}
		return g.goType(t).Values(id("Kind").Op(":").Qual(g.protocol, g.kindConst(t, v)), id(g.pascal(v.Name)).Op(":").Add(value)), err
	}
	return nil, fmt.Errorf("%s is none of the forms of %s", text, g.typeName(t))
}
