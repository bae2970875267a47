package config

import "slices"

// What files of the gateway in the field have in another form is read as what it
// means; the file stays as it is.

// canonical is a configuration with such forms in ours.
func (n *node) canonical() *node {
	agents := n.get("agents")
	if agents == nil || agents.kind != objectKind {
		return n
	}
	if d := agents.get("defaults"); d != nil {
		n = n.set(d.withModel(), "agents", "defaults")
	}
	if list := agents.get("list"); list != nil && list.kind == listKind {
		copied := *list
		copied.items = slices.Clone(list.items)
		for k, item := range copied.items {
			copied.items[k] = item.withModel()
		}
		n = n.set(&copied, "agents", "list")
	}
	return n
}

// withModel takes model: { primary, fallbacks } apart.
func (n *node) withModel() *node {
	if n.kind != objectKind {
		return n
	}
	model := n.get("model")
	if model == nil || model.kind != objectKind || model.get("primary") == nil {
		return n
	}
	for _, m := range model.members {
		if m.name != "primary" && m.name != "fallbacks" {
			return n // which is said where it is judged
		}
	}
	out := n.set(model.get("primary"), "model")
	if fallbacks := model.get("fallbacks"); fallbacks != nil && n.get("fallbacks") == nil {
		out = out.set(fallbacks, "fallbacks")
	}
	return out
}
