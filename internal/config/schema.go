package config

import (
	"context"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// ConfigSchema gives the schema of the configuration, and how to show its
// settings in a form.
func (s *Service) ConfigSchema(context.Context, *protocol.ConfigSchemaParams) (*protocol.ConfigSchemaResult, error) {
	form := schemaForm()
	return &protocol.ConfigSchemaResult{Schema: form.schema, UIHints: form.hints, Version: s.o.Version, GeneratedAt: s.made.UTC().Format(time.RFC3339)}, nil
}

// form is what a program needs to show the settings in a form.
type form struct {
	schema wire.Raw
	hints  map[string]protocol.UIHint
}

// schemaForm makes the form of the embedded schema, once.
var schemaForm = sync.OnceValue(func() form {
	x := formMaker{loader: schemaLoader{files: make(map[string]*node)}, hints: make(map[string]protocol.UIHint)}
	const file = "config/config.json"
	root := x.draft7(file, x.loader.root(file), "")
	root.members = append([]member{{name: "$schema", value: &node{kind: stringKind, text: "http://json-schema.org/draft-07/schema#"}}}, root.members...)
	return form{root.appendJSON(nil, nil), x.hints}
})

type formMaker struct {
	loader schemaLoader
	hints  map[string]protocol.UIHint
}

// draft7 is a schema of ours in the form that programs for forms know: references
// resolved, without the keywords of our dialect. Those become hints.
func (x *formMaker) draft7(file string, n *node, at string) *node {
	out := &node{kind: objectKind}
	hint := protocol.UIHint{}
	for n != nil {
		x.hint(&hint, n)
		for _, m := range n.members {
			if strings.HasPrefix(m.name, "x-") || m.name == "$ref" || m.name == "$defs" || out.get(m.name) != nil {
				continue
			}
			value := m.value
			switch m.name {
			case "properties":
				value = &node{kind: objectKind}
				for _, p := range m.value.members {
					value.members = append(value.members, member{name: p.name, value: x.draft7(file, p.value, join(at, p.name))})
				}
			case "items":
				value = x.draft7(file, m.value, at+"[]")
			case "additionalProperties":
				if m.value.kind == objectKind {
					value = x.draft7(file, m.value, join(at, "*"))
				}
			}
			out.members = append(out.members, member{name: m.name, value: value})
		}
		ref := n.get("$ref")
		if ref == nil {
			break
		}
		file, n = x.loader.refer(path.Clean(file), ref.text)
	}
	if at != "" && len(hint.AppendJSON(nil)) > len("{}") {
		x.hints[at] = hint
	}
	return out
}

func join(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

// hint takes over what a schema says to people. What stands beside a reference
// comes first.
func (x *formMaker) hint(h *protocol.UIHint, n *node) {
	ui := n.get("x-ui")
	text := func(to *wire.Opt[string], v *node) {
		if v != nil && v.kind == stringKind && !to.Set {
			*to = wire.Some(v.text)
		}
	}
	yes := func(to *wire.Opt[bool], v *node) {
		if v != nil && v.text == "true" {
			*to = wire.Some(true)
		}
	}
	text(&h.Label, ui.get("label"))
	text(&h.Help, ui.get("help"))
	text(&h.Help, n.get("description"))
	text(&h.Group, ui.get("group"))
	text(&h.Placeholder, ui.get("placeholder"))
	yes(&h.Advanced, ui.get("advanced"))
	yes(&h.Sensitive, ui.get("sensitive"))
	yes(&h.Sensitive, n.get("x-secret"))
	if v := ui.get("order"); v != nil && !h.Order.Set {
		if order, err := strconv.ParseInt(v.text, 10, 64); err == nil {
			h.Order = wire.Some(order)
		}
	}
	if v := ui.get("itemTemplate"); v != nil && h.ItemTemplate == nil {
		h.ItemTemplate = v.appendJSON(nil, nil)
	}
}
