package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// judge finds what is wrong with a tree: first by the generated decoder, then
// by the rules of values.go.
type judge struct {
	place    func(n *node, p Problem) Problem // says where a node stands
	problems Problems
}

// maxProblems ends the search in a text that has nothing right in it.
const maxProblems = 100

// judge lists all problems. The decoder explains a few at a time, so what it
// refused is taken out and the rest is shown to it again.
func (j *judge) judge(root *node) {
	refused := make(map[*node]bool)
	for len(j.problems) < maxProblems {
		text := root.appendJSON(nil, refused)
		err := new(protocol.Config).DecodeAlias(text, wire.Strict)
		var issues wire.Issues
		if !errors.As(err, &issues) {
			break
		}
		var faulty []spot
		for _, issue := range issues {
			p, ok := root.resolve(issue.Path, refused)
			if !ok {
				p = spot{root, "", schemaSettings()}
			}
			// Only the items that repeat another are at fault, not the list.
			spots := p.repeats(issue, refused)
			if len(spots) == 0 {
				spots = []spot{p}
			}
			for _, p := range spots {
				j.add(p, wanted(p, issue))
			}
			faulty = append(faulty, spots...)
		}
		for _, p := range faulty {
			refused[p.node] = true
		}
		if refused[root] {
			return // nothing is left to look at
		}
	}
	spot{root, "", schemaSettings()}.walk(func(p spot) bool {
		if refused[p.node] || p.setting == nil {
			return false
		}
		if expected := values[p.setting.Path]; expected != nil && p.node.kind == stringKind {
			if want := expected(p.node.text); want != "" {
				j.add(p, want)
			}
		}
		return true
	})
}

// repeats lists the items of a list that stand in it before, if that is what
// the decoder complains of.
func (p spot) repeats(issue wire.Issue, refused map[*node]bool) []spot {
	if issue.Rule != "uniqueItems" {
		return nil
	}
	seen := make(map[string]bool)
	var repeats []spot
	for k, item := range p.node.items {
		if refused[item] {
			continue
		}
		if text := string(item.appendJSON(nil, nil)); seen[text] {
			repeats = append(repeats, p.item(k))
		} else {
			seen[text] = true
		}
	}
	return repeats
}

func (j *judge) add(p spot, wanted string) {
	if len(j.problems) >= maxProblems {
		return
	}
	subject := p.key
	if subject == "" {
		subject = "the configuration"
	}
	j.problems = append(j.problems, j.place(p.node, Problem{Key: p.key, Rule: RuleValue, Message: subject + " " + p.shown() + ": " + wanted}))
}

// shown words what a value is. Where it is secret, or may hold something
// secret, only its kind is told; so it is where the schema knows nothing of
// the place.
func (p spot) shown() string {
	n, text := p.node, ""
	switch {
	case p.setting == nil || p.setting.hides || n.kind == listKind || n.kind == objectKind:
		return "is " + n.kind.noun()
	case n.kind == stringKind:
		text = string(wire.AppendString(nil, n.text))
	default:
		text = n.text
	}
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return "is " + text
}

// wanted words what is allowed instead. The decoder's texts are made for the
// wire, where clients know them by heart; people get a sentence.
func wanted(p spot, issue wire.Issue) string {
	n, s := p.node, p.setting
	switch issue.Rule {
	case "enum":
		if s == nil || len(s.Enum) == 0 {
			break
		}
		text := `must be one of "` + strings.Join(s.Enum, `", "`) + `"`
		if n.kind == stringKind {
			if near := suggest(n.text, s.Enum); near != "" {
				text += fmt.Sprintf(": did you mean %q?", near)
			}
		}
		return text
	case "minLength":
		if n.text == "" {
			return "must not be empty"
		}
	case "uniqueItems":
		if n.kind == listKind { // equal, but written in different ways
			return "must not name anything twice"
		}
		return "stands in this list already"
	case "type":
		return "must be " + article(strings.TrimPrefix(issue.Message, "must be "))
	}
	return issue.Message
}

// article puts a or an before the name of a type.
func article(name string) string {
	if strings.ContainsAny(name[:min(len(name), 1)], "aeio") {
		return "an " + name
	}
	return "a " + name
}

// unknown warns of the keys that the schema doesn't name.
func (l *Loaded) unknown(root *node) Problems {
	var warnings Problems
	spot{root, "", schemaSettings()}.walk(func(p spot) bool {
		if p.setting == nil {
			return false
		}
		if p.node.kind != objectKind || p.setting.open() {
			return true
		}
		for _, m := range p.node.members {
			if p.setting.member(m.name) == nil && len(warnings) < maxProblems {
				name := childKey(p.key, m.name)
				warnings = append(warnings, l.problem(m.at, Problem{
					Key:     name,
					Rule:    RuleUnknown,
					Message: "unknown key " + name + meant(p.key, m.name, p.setting),
				}))
			}
		}
		return true
	})
	return warnings
}

// meant guesses what an unknown key was meant to be: a neighbour misspelt, or
// a key that stands elsewhere.
func meant(at, name string, s *setting) string {
	var near []string
	for _, m := range s.members {
		near = append(near, m.name)
	}
	if found := suggest(name, near); found != "" {
		return ": did you mean " + childKey(at, found) + "?"
	}
	found := ""
	var look func(s *setting)
	look = func(s *setting) {
		for _, m := range s.members {
			if m.name == name && found == "" {
				found = m.Path
			}
			look(m)
		}
	}
	look(schemaSettings())
	if found != "" {
		return ": did you mean " + found + "?"
	}
	return ": nothing looks at it"
}
