package config

import "strconv"

// program is a value that names a program to start, or what is read of the
// machine.
type program struct {
	spot
	value string // as JSON
	of    string // the place of what it belongs to
	exec  bool
}

// programs lists what a configuration has in the places that name programs to
// start, and its references, by place.
func (l *Loaded) programs() map[string]program {
	found := make(map[string]program)
	if l.file != nil {
		listPrograms(found, "", "", spot{l.file, "", schemaSettings()}, false)
	}
	return found
}

// listPrograms adds those at a place and below it. The place has every name as a
// whole, quoted: keys for people shorten long ones.
func listPrograms(found map[string]program, place, of string, p spot, secret bool) {
	secret = secret || p.setting != nil && p.setting.Secret
	exec := p.setting != nil && p.setting.Exec
	if exec || secret && isReference(p.node) {
		found[place] = program{p, string(p.node.appendJSON(nil, nil)), of, exec}
		return
	}
	for _, m := range p.node.members {
		below := spot{m.value, childKey(p.key, m.name), p.setting.member(m.name)}
		listPrograms(found, place+strconv.Quote(m.name), place, below, secret)
	}
	for k := range p.node.items {
		listPrograms(found, place+"["+strconv.Itoa(k)+"]", place, p.item(k), secret)
	}
}

// objects lists the places of all objects.
func (n *node) objects(found map[string]bool, place string) {
	if n.kind == objectKind {
		found[place] = true
	}
	for _, m := range n.members {
		m.value.objects(found, place+strconv.Quote(m.name))
	}
	for k, item := range n.items {
		item.objects(found, place+"["+strconv.Itoa(k)+"]")
	}
}

// samePrograms refuses other programs to start, and other references, unless the
// file allows them: whoever may change the configuration is not therefore to run
// or read what he likes.
func (l *Loaded) samePrograms(next *Loaded) error {
	if allow := l.file.find("gateway", "config", "allowExec"); allow != nil && allow.text == "true" {
		return nil
	}
	var problems Problems
	refuse := func(p program) {
		problems = append(problems, Problem{Key: p.key, Rule: RuleUnsafe, Message: p.key +
			" says what is started or read on the gateway's machine: change it in the file there, or allow it there with gateway.config.allowExec"})
	}
	was, is := l.programs(), next.programs()
	for place, p := range is {
		if was[place].value != p.value {
			refuse(p)
		}
	}
	// Without its arguments a program does something else; one that goes as a whole
	// does nothing any more.
	left := make(map[string]bool)
	next.file.objects(left, "")
	for place, p := range was {
		if _, still := is[place]; !still && p.exec && left[p.of] {
			refuse(p)
		}
	}
	problems.sort()
	return problems.Err()
}
