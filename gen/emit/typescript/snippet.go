package typescript

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Call writes a call with the generated client as a program would have it, with
// the params that are given as JSON. It is for documentation.
func (e Emitter) Call(p *ir.Protocol, m *ir.Method, params []byte) (string, error) {
	g := &generator{Emitter: e, p: p}
	value, err := objectLiteral(params, "")
	if err != nil {
		return "", fmt.Errorf("the params of %s in TypeScript: %w", m.Wire, err)
	}
	if value == "{}" {
		value = ""
	}
	return fmt.Sprintf("const result = await client.%s(%s);", g.methodName(m), value), nil
}

// Subscription writes how a program hears of an event.
func (e Emitter) Subscription(p *ir.Protocol, ev *ir.Event) string {
	return fmt.Sprintf("const stop = client.on(%s, (event) => {\n  console.log(event);\n});", quote(ev.Wire))
}

// lineWidth is how long the line of an object may get before it is broken.
const lineWidth = 88

// objectLiteral writes a JSON value as JavaScript has it.
func objectLiteral(text []byte, indent string) (string, error) {
	var parts []string
	open, closing := "{ ", " }"
	inner := indent + "  "
	switch text[0] {
	case '{':
		members, err := jsondoc.Members(text)
		if err != nil {
			return "", err
		}
		for _, m := range members {
			value, err := objectLiteral(m.Value, inner)
			if err != nil {
				return "", err
			}
			parts = append(parts, memberKey(m.Name)+": "+value)
		}
	case '[':
		open, closing = "[", "]"
		items, err := jsondoc.Items(text)
		if err != nil {
			return "", err
		}
		for _, item := range items {
			value, err := objectLiteral(item, inner)
			if err != nil {
				return "", err
			}
			parts = append(parts, value)
		}
	default:
		return string(text), nil
	}
	line := open + strings.Join(parts, ", ") + closing
	switch {
	case len(parts) == 0:
		return strings.TrimSpace(open) + strings.TrimSpace(closing), nil
	case !strings.Contains(line, "\n") && utf8.RuneCountInString(indent+line) <= lineWidth:
		return line, nil
	}
	return strings.TrimSpace(open) + "\n" + inner + strings.Join(parts, ",\n"+inner) + ",\n" + indent + strings.TrimSpace(closing), nil
}

// memberKey is the name of a member in an object literal. There a bare or
// quoted __proto__ would set the prototype.
func memberKey(name string) string {
	if name == "__proto__" {
		return `["__proto__"]`
	}
	return key(name)
}
