package config

import "slices"

// maskName is the member of what stands in the place of a secret:
// {"$secret":true}.
const maskName = "$secret"

var mask = &node{kind: objectKind, members: []member{{name: maskName, value: &node{kind: boolKind, text: "true"}}}}

func isMask(n *node) bool {
	return n.kind == objectKind && len(n.members) == 1 && n.members[0].name == maskName &&
		n.members[0].value.kind == boolKind && n.members[0].value.text == "true"
}

// masked is the value as those see it who may see no secrets. Where the schema
// knows nothing of a place, what stands there may be one.
func (p spot) masked() *node {
	n := p.node
	switch {
	case p.setting == nil && n.kind != objectKind && n.kind != listKind, p.setting != nil && p.setting.Secret, n.kind == stringKind && p.told(0):
		return mask
	case n.kind == objectKind:
		object := *n
		object.members = slices.Clone(n.members)
		for k, m := range n.members {
			object.members[k].value = p.member(m.name).masked()
		}
		return &object
	case n.kind == listKind:
		list := *n
		list.items = make([]*node, len(n.items))
		for k := range n.items {
			if list.items[k] = p.item(k).masked(); p.told(k) {
				list.items[k] = mask
			}
		}
		return &list
	}
	return n
}

// unmask puts the secrets of this configuration back into a text in which a
// writer left them masked. Places are the keys of masks that stand for nothing.
func (l *Loaded) unmask(text []byte) (clear []byte, places []string) {
	root, _, err := readText(text)
	if err != nil {
		return text, nil // which is said where the text is judged
	}
	e := &editor{text: text}
	var look func(p spot, was *node)
	look = func(p spot, was *node) {
		switch n := p.node; {
		case isMask(n) && was == nil:
			places = append(places, p.key)
		case isMask(n):
			e.splice(n.at, n.end, string(l.Text[was.at:was.end]))
		case n.kind == objectKind:
			for _, m := range n.members {
				look(p.member(m.name), was.get(m.name))
			}
		case n.kind == listKind:
			for k := range n.items {
				var item *node
				if was != nil && k < len(was.items) {
					item = was.items[k]
				}
				look(p.item(k), item)
			}
		}
	}
	look(spot{root, "", schemaSettings()}, l.file)
	return e.apply(), places
}
