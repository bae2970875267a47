package reference

import (
	"encoding/json"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// configuration writes the page of everything that can be set: what the documents
// under config/ describe. Nil where there are none.
func (b *book) configuration() *page {
	if len(b.p.Configs) == 0 {
		return nil
	}
	pg := b.page(configPage, "Configuration")
	for _, root := range b.p.Configs {
		if len(b.p.Configs) > 1 {
			pg.heading(2, b.typeName(root))
		}
		pg.para(pg.prose(root.Doc))
		keys := settingsOf(nil, root, "", "")
		var rows [][]string
		for _, k := range keys {
			if !k.section() {
				rows = append(rows, []string{pg.link(code(k.path), place{configPage, k.path}), orWord(k.fallback(), "none"), orWord(changes[k.reload].short, "not said"), pg.prose(firstSentence(k.field.Doc))})
			}
		}
		pg.table([]string{"Key", "Default", "A change needs", "What it is for"}, rows)
		for _, k := range keys {
			pg.setting(k)
		}
	}
	return pg
}

// setting is a key of a configuration.
type setting struct {
	path   string // a.b, a[].b for items, a.*.b for values of a map
	field  *ir.Field
	reload string // also where a section says it
	depth  int
}

// settingsOf lists the keys below an object in the order of the schema, each section
// before what is in it.
func settingsOf(up []*ir.Type, t *ir.Type, path, reload string) (list []setting) {
	for _, f := range t.Fields {
		k := setting{path: strings.TrimPrefix(path+"."+f.Wire, "."), field: f, reload: f.Reload, depth: len(up)}
		if k.reload == "" {
			k.reload = reload
		}
		list = append(list, k)
		below, inner := innermost(k.path, f.Use.Type)
		again := false
		for _, u := range up {
			again = again || u == inner
		}
		if inner.Kind == ir.Struct && !again && inner != t {
			list = append(list, settingsOf(append(up[:len(up):len(up)], t), inner, below, k.reload)...)
		}
	}
	return list
}

// section reports whether a key only holds others, each of which has an entry.
func (k *setting) section() bool { return k.field.Use.Type.Kind == ir.Struct }

// fallback is the default.
func (k *setting) fallback() string {
	if k.field.Default == nil {
		return ""
	}
	return code(k.field.Default.JSON)
}

// changes say what a change of a value needs.
var changes = map[string]struct{ short, long string }{
	"live":    {"nothing", "A change takes effect at once."},
	"drain":   {"work to end", "What works by the old value is left to finish; new work takes the new one."},
	"restart": {"a restart", "A change needs a restart."},
}

// setting writes the entry of a key.
func (pg *page) setting(k setting) {
	f := k.field
	if k.section() {
		pg.headingAt(min(2+k.depth, 3), code(k.path), k.path)
		pg.para(pg.prose(f.Use.Type.Doc))
		return
	}
	pg.headingAt(4, code(k.path), k.path)
	if f.Deprecated != nil {
		pg.para(pg.deprecated(f.Deprecated))
	}
	pg.para(pg.prose(f.Doc))
	s := pg.section(k.path, 5)
	var fallback, variables, secret, program string
	if f.Default != nil {
		fallback = "Default: " + k.fallback()
	}
	if len(f.Env) > 0 {
		variables = "Variable: " + either(eachCode(f.Env), "or")
	}
	if f.Secret || f.Use.Type.Secret {
		secret = "It is a **secret**."
	}
	if f.Exec {
		program = "It names a **program** that is run, or is a part of its command line."
	}
	required := ""
	if f.Required {
		required = "It is required."
	}
	pg.list("Type: "+s.settingType(f.Use.Type), fallback, variables, required, changes[k.reload].long, secret, program)
	if example := k.example(); example != "" {
		pg.fence("json", example)
	}
}

// settingType spells a type without links: what is in it has entries of its own.
func (s *section) settingType(t *ir.Type) string {
	words := ""
	switch {
	case t.Kind == ir.Struct:
		words = "object"
	case t.Kind == ir.Array:
		words = "array of " + s.settingType(t.Elem.Type)
	case t.Kind == ir.Map:
		words = "map of string to " + s.settingType(t.Elem.Type)
	case t.Kind == ir.Enum:
		words = scalarWord(t) + ": " + enumWords(t)
	case t.Kind == ir.Union:
		return s.spell(t)
	default:
		if words = scalarWord(t); words == "" {
			words = "any JSON value"
		}
	}
	return phrase(append([]string{words}, limits(t)...))
}

func eachCode(texts []string) []string {
	spans := make([]string, len(texts))
	for i, t := range texts {
		spans[i] = code(t)
	}
	return spans
}

// example is the key with a value, as it stands in a file; "" where no value is
// known that would be one.
func (k *setting) example() string {
	value := k.sample()
	if value == "" {
		return ""
	}
	open, end := "", ""
	for name := range strings.SplitSeq(strings.ReplaceAll(k.path, "[].", ".[]."), ".") {
		switch {
		case name == "[]":
			open, end = open+"[", "]"+end
			continue
		case name == "*":
			name = "name"
		}
		quoted, _ := json.Marshal(name)
		open, end = open+"{ "+string(quoted)+": ", " }"+end
	}
	if example := open + value + end; len(example) <= maxExample {
		return example
	}
	return ""
}

// maxExample is how long an example may be: longer ones are texts, such as a prompt.
const maxExample = 120

func orWord(text, word string) string {
	if text == "" {
		return word
	}
	return text
}

// sample is a value that the key may have, as JSON.
func (k *setting) sample() string {
	t := k.field.Use.Type
	switch {
	case k.field.Secret || t.Secret:
		return ""
	case len(t.Examples) > 0:
		return string(t.Examples[0])
	case k.field.UI != nil && k.field.UI.Placeholder != "" && scalarSample(t, k.field.UI.Placeholder) != "":
		return scalarSample(t, k.field.UI.Placeholder)
	case t.Kind == ir.Enum && len(t.Enum.Values) > 0:
		return t.Enum.Values[len(t.Enum.Values)-1].Value.JSON
	case t.Kind == ir.Bool && k.field.Default != nil && k.field.Default.JSON == "true":
		return "false"
	case t.Kind == ir.Bool:
		return "true"
	case k.field.Default != nil:
		return k.field.Default.JSON
	}
	return ""
}

// scalarSample makes a value of the text that a form shows in an empty field.
func scalarSample(t *ir.Type, text string) string {
	switch t.Kind {
	case ir.String:
		quoted, _ := json.Marshal(text)
		return string(quoted)
	case ir.Int, ir.Float:
		if json.Valid([]byte(text)) {
			return text
		}
	case ir.Array:
		if item := scalarSample(t.Elem.Type, text); item != "" {
			return "[" + item + "]"
		}
	}
	return ""
}
