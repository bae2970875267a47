package python

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Snippets writes calls as programs have them, for documentation.
type Snippets struct{ g *generator }

// Snippets makes the writer of a protocol's calls.
func (e Emitter) Snippets(p *ir.Protocol) (*Snippets, error) {
	g := &generator{Emitter: e, p: p}
	return &Snippets{g}, g.plan()
}

// Call writes a call with the params that are given as JSON. Types are those of
// the module types.
func (s *Snippets) Call(m *ir.Method, params []byte) (string, error) {
	value, err := s.g.value(m.Params, params, "")
	if err != nil {
		return "", fmt.Errorf("the params of %s in Python: %w", m.Wire, err)
	}
	if members, _ := jsondoc.Members(params); len(members) == 0 && !needsParams(m.Params) {
		value = ""
	}
	return fmt.Sprintf("result = await client.%s(%s)", s.g.names.methods[m], value), nil
}

// Subscription writes how a program hears of an event.
func (s *Snippets) Subscription(e *ir.Event) string {
	return fmt.Sprintf("async with client.stream(events.%s) as stream:\n    async for event in stream:\n        print(event)", s.g.names.events[e])
}

// lineWidth is how long a line of a snippet may get before it is broken.
const lineWidth = 88

// value writes a JSON value of a type as a Python expression.
func (g *generator) value(t *ir.Type, text []byte, indent string) (string, error) {
	if jsondoc.IsNull(text) {
		return "None", nil
	}
	switch t.Kind {
	case ir.Struct:
		return g.instance(t, text, indent)
	case ir.Array:
		items, err := jsondoc.Items(text)
		return g.sequence(items, err, t.Elem.Type, indent)
	case ir.Map:
		return g.mapping(t, text, indent)
	case ir.Union:
		return g.branch(t, text, indent)
	case ir.Raw:
		return plain(text, indent)
	}
	return scalar(text)
}

// scalar writes a JSON scalar.
func scalar(text []byte) (string, error) {
	switch string(text) {
	case "null":
		return "None", nil
	case "true":
		return "True", nil
	case "false":
		return "False", nil
	}
	if text[0] != '"' {
		return string(text), nil
	}
	var s string
	err := json.Unmarshal(text, &s)
	return quote(s), err
}

// wrapped lays out the parts of an expression on one line, or a part a line.
func wrapped(open string, parts []string, closing, indent string) string {
	line := open + strings.Join(parts, ", ") + closing
	if len(parts) == 0 || !strings.Contains(line, "\n") && utf8.RuneCountInString(indent+line) <= lineWidth {
		return line
	}
	inner := "\n" + indent + "    "
	return open + inner + strings.Join(parts, ","+inner) + ",\n" + indent + closing
}

func (g *generator) instance(t *ir.Type, text []byte, indent string) (string, error) {
	members, err := jsondoc.Members(text)
	if err != nil {
		return "", err
	}
	inner := indent + "    "
	var parts, extra []string
	known := map[string]bool{}
	for _, f := range t.Fields {
		known[f.Wire] = true
		text := jsondoc.Find(members, f.Wire)
		if text == nil || !hasAttribute(f) {
			continue
		}
		v, err := g.value(f.Use.Type, text, inner)
		if err != nil {
			return "", fmt.Errorf("%s: %w", f.Wire, err)
		}
		parts = append(parts, attribute(f)+"="+v)
	}
	for _, m := range members {
		if known[m.Name] {
			continue
		}
		v, err := plain(m.Value, inner)
		if err != nil {
			return "", err
		}
		extra = append(extra, quote(m.Name)+": "+v)
	}
	if len(extra) > 0 && t.Open {
		parts = append(parts, "extra="+wrapped("{", extra, "}", inner))
	}
	return wrapped("types."+g.names.types[t]+"(", parts, ")", indent), nil
}

func (g *generator) sequence(items [][]byte, err error, elem *ir.Type, indent string) (string, error) {
	var parts []string
	for _, item := range items {
		v, err := g.value(elem, item, indent+"    ")
		if err != nil {
			return "", err
		}
		parts = append(parts, v)
	}
	return wrapped("[", parts, "]", indent), err
}

func (g *generator) mapping(t *ir.Type, text []byte, indent string) (string, error) {
	members, err := jsondoc.Members(text)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, m := range members {
		v, err := g.value(t.Elem.Type, m.Value, indent+"    ")
		if err != nil {
			return "", err
		}
		parts = append(parts, quote(m.Name)+": "+v)
	}
	return wrapped("{", parts, "}", indent), nil
}

// branch writes a value of a union as the branch that it is of.
func (g *generator) branch(t *ir.Type, text []byte, indent string) (string, error) {
	if t.Union.Tag == "" {
		kinds := map[byte]string{'"': "string", '[': "array", '{': "object", 't': "boolean", 'f': "boolean"}
		kind := kinds[text[0]]
		if kind == "" {
			kind = "number"
		}
		for _, v := range t.Union.Variants {
			if v.JSON == kind {
				return g.value(v.Type, text, indent)
			}
		}
		return "", fmt.Errorf("%s is none of the forms of %s", text, g.names.types[t])
	}
	members, err := jsondoc.Members(text)
	if err != nil {
		return "", err
	}
	var tag string
	if err := json.Unmarshal(jsondoc.Find(members, t.Union.Tag), &tag); err != nil {
		return "", err
	}
	for _, v := range t.Union.Variants {
		if v.Tag == tag {
			return g.instance(v.Type, text, indent)
		}
	}
	if t.Union.Unknown == nil {
		return "", fmt.Errorf("%q is no tag of %s", tag, g.names.types[t])
	}
	return g.instance(t.Union.Unknown.Type, text, indent)
}

// plain writes a JSON value that is of no type.
func plain(text []byte, indent string) (string, error) {
	inner := indent + "    "
	var parts []string
	switch text[0] {
	case '{':
		members, err := jsondoc.Members(text)
		if err != nil {
			return "", err
		}
		for _, m := range members {
			v, err := plain(m.Value, inner)
			if err != nil {
				return "", err
			}
			parts = append(parts, quote(m.Name)+": "+v)
		}
		return wrapped("{", parts, "}", indent), nil
	case '[':
		items, err := jsondoc.Items(text)
		if err != nil {
			return "", err
		}
		for _, item := range items {
			v, err := plain(item, inner)
			if err != nil {
				return "", err
			}
			parts = append(parts, v)
		}
		return wrapped("[", parts, "]", indent), nil
	}
	return scalar(text)
}
