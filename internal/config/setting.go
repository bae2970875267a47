package config

import (
	"cmp"
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/gatesmith/gatesmith/schema"
)

// Key describes one setting of the schema.
type Key struct {
	Path        string   // gateway.auth.token
	Type        string   // string, integer, number, boolean, array, or object for a map
	Enum        []string // the values allowed, when they are listed
	Default     string   // as JSON; "" when the schema states none
	Description string
	Secret      bool     // the value is shown to nobody
	Exec        bool     // the value names a program
	Env         []string // variables that give the value, the stronger first
	Reload      string   // what a change needs: live, drain or restart
}

// Keys lists all settings in the order of the schema. Sections have no entry
// of their own, a list and a map have one.
func Keys() []Key {
	var keys []Key
	var add func(s *setting)
	add = func(s *setting) {
		if len(s.members) == 0 {
			keys = append(keys, s.Key)
		}
		for _, m := range s.members {
			add(m)
		}
	}
	add(schemaSettings())
	return keys
}

// KeyOf describes a setting by its path.
func KeyOf(path string) (Key, bool) {
	s := settingAt(path)
	if s == nil || len(s.members) > 0 {
		return Key{}, false
	}
	return s.Key, true
}

// setting is a place of the schema. All methods take nil, which stands for
// what the schema doesn't describe.
type setting struct {
	Key
	name    string
	members []*setting // of an object with properties
	each    *setting   // of a list's items, or a map's values
	hides   bool       // it or something below it is secret
}

func (s *setting) member(name string) *setting {
	if s == nil {
		return nil
	}
	for _, m := range s.members {
		if m.name == name {
			return m
		}
	}
	if s.Type == "object" {
		return s.each
	}
	return nil
}

func (s *setting) item() *setting {
	if s == nil || s.Type != "array" {
		return nil
	}
	return s.each
}

// open reports whether any name may stand in the object.
func (s *setting) open() bool { return s == nil || len(s.members) == 0 }

// settingAt finds a setting by its path, or nil.
func settingAt(path string) *setting {
	s := schemaSettings()
	for name := range strings.SplitSeq(path, ".") {
		if s = s.member(name); s == nil {
			return nil
		}
	}
	return s
}

// schemaSettings is the tree of all settings, read from the schema once. The
// schema is part of the program and the tests read it, so a fault in it is a
// fault of the program.
var schemaSettings = sync.OnceValue(func() *setting {
	l := schemaLoader{files: make(map[string]*node)}
	s, err := l.setting("config/config.json", l.root("config/config.json"), &setting{})
	if err != nil {
		panic(fmt.Errorf("config: the embedded schema: %w", err))
	}
	return s
})

// schemaLoader reads settings from schema files. It knows of the dialect what
// concerns settings; the generator has checked the rest.
type schemaLoader struct {
	files map[string]*node
	depth int
}

// maxSchemaDepth ends the reading of a schema that contains itself.
const maxSchemaDepth = 32

func (l *schemaLoader) root(file string) *node {
	if n, ok := l.files[file]; ok {
		return n
	}
	text, err := schema.Files.ReadFile(file)
	var n *node
	if err == nil {
		n, _, _ = readText(text)
	}
	l.files[file] = n
	return n
}

// setting completes s, which has its name, its path and the reload behaviour
// of what it stands in.
func (l *schemaLoader) setting(file string, n *node, s *setting) (*setting, error) {
	if l.depth++; l.depth > maxSchemaDepth {
		return nil, fmt.Errorf("%s is nested too deep", s.Path)
	}
	defer func() { l.depth-- }()

	inherited := s.Reload
	s.Reload = ""
	for n != nil {
		l.describe(s, n)
		ref := n.get("$ref")
		if ref == nil {
			break
		}
		file, n = l.refer(file, ref.text)
	}
	if n == nil {
		return nil, fmt.Errorf("%s: %s has no such schema", s.Path, file)
	}
	s.Reload = cmp.Or(s.Reload, inherited)
	s.hides = s.Secret
	if properties := n.get("properties"); properties != nil {
		for _, m := range properties.members {
			below, err := l.setting(file, m.value, &setting{name: m.name, Key: Key{Path: childKey(s.Path, m.name), Reload: s.Reload}})
			if err != nil {
				return nil, err
			}
			s.hides = s.hides || below.hides
			s.members = append(s.members, below)
		}
	}
	for _, keyword := range []string{"items", "additionalProperties"} {
		if each := n.get(keyword); each != nil && each.kind == objectKind {
			below, err := l.setting(file, each, &setting{Key: Key{Path: s.Path + "[]", Reload: s.Reload}})
			if err != nil {
				return nil, err
			}
			s.hides = s.hides || below.hides
			s.each = below
		}
	}
	return s, nil
}

// describe takes over what a schema says. What stands beside a $ref comes
// first and wins over what the referred schema says.
func (l *schemaLoader) describe(s *setting, n *node) {
	text := func(to *string, keyword string) {
		if v := n.get(keyword); v != nil && v.kind == stringKind && *to == "" {
			*to = v.text
		}
	}
	text(&s.Description, "description")
	text(&s.Reload, "x-reload")
	text(&s.Type, "type")
	yes := func(keyword string) bool { v := n.get(keyword); return v != nil && v.text == "true" }
	s.Secret = s.Secret || yes("x-secret")
	s.Exec = s.Exec || yes("x-exec")
	if v := n.get("x-env"); v != nil && s.Env == nil {
		for _, item := range v.items {
			s.Env = append(s.Env, item.text)
		}
	}
	if v := n.get("default"); v != nil && s.Default == "" {
		s.Default = string(v.appendJSON(nil, nil))
	}
	if v := n.get("enum"); v != nil && s.Enum == nil {
		for _, item := range v.items {
			s.Enum = append(s.Enum, item.text)
		}
	}
}

// refer follows a $ref: a place in a file, a file, or both.
func (l *schemaLoader) refer(file, ref string) (string, *node) {
	other, fragment, _ := strings.Cut(ref, "#")
	if other != "" {
		file = path.Join(path.Dir(file), other)
	}
	n := l.root(file)
	for name := range strings.SplitSeq(strings.TrimPrefix(fragment, "/"), "/") {
		if name != "" {
			n = n.get(pointerEscapes.Replace(name))
		}
	}
	return file, n
}
