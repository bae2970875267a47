package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/protocol/wire"
)

// This file is for commands that speak of single settings.

// SplitKey takes a key apart: gateway.port, or models.providers["my.box"].apiKey
// where a name would not stand as a word.
func SplitKey(key string) ([]string, error) {
	var names []string
	for rest := key; rest != ""; {
		if after, ok := strings.CutPrefix(rest, "["); ok {
			quoted, err := strconv.QuotedPrefix(after)
			name, unquoted := strconv.Unquote(quoted)
			end, closed := strings.CutPrefix(after[len(quoted):], "]")
			if err != nil || unquoted != nil || !closed {
				return nil, fmt.Errorf(`the key %q is malformed: expected a name in quotes, such as a["b.c"]`, key)
			}
			names, rest = append(names, name), end
		} else {
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			names, rest = append(names, rest[:end]), rest[end:]
		}
		after, dot := strings.CutPrefix(rest, ".")
		if dot && (after == "" || after[0] == '[') || !dot && rest != "" && rest[0] != '[' {
			return nil, fmt.Errorf("the key %q is malformed: expected names with dots between, such as gateway.port", key)
		}
		rest = after
	}
	if len(names) == 0 || slices.Contains(names, "") {
		return nil, fmt.Errorf("the key %q is malformed: expected names with dots between, such as gateway.port", key)
	}
	return names, nil
}

// JoinKey writes the key of a place, as SplitKey reads it.
func JoinKey(names []string) (key string) {
	for _, name := range names {
		key = childKey(key, name)
	}
	return key
}

// Describe gives what the schema says of a place; false where it says nothing.
// A section has a path and a description only.
func Describe(names []string) (Key, bool) {
	s := schemaSettings()
	for _, name := range names {
		if s = s.member(name); s == nil {
			return Key{}, false
		}
	}
	return s.Key, true
}

// ValueOf makes JSON of a word of a command line: of what is JSON5 the same, of
// anything else a string. Where a setting is a string, quotes may be left out.
func ValueOf(names []string, word string) []byte {
	n, repeats, err := readText([]byte(word))
	key, known := Describe(names)
	if err != nil || len(repeats) > 0 || known && key.Type == "string" && n.kind != stringKind && !isMask(n) {
		return wire.AppendString(nil, word)
	}
	return n.appendJSON(nil, nil)
}

// PatchOf is the merge patch that gives one place a value, or takes it away with
// null.
func PatchOf(names []string, value []byte) []byte {
	var b []byte
	for _, name := range names {
		b = append(wire.AppendString(append(b, '{'), name), ':')
	}
	b = append(b, value...)
	return append(b, strings.Repeat("}", len(names))...)
}

// Show gives what is in force at a place, as JSON: the whole without names. It
// hides secrets, unless they are asked for.
func (l *Loaded) Show(names []string, secrets bool) (value []byte, found bool) {
	p := spot{l.inForce(), "", schemaSettings()}
	for _, name := range names {
		if p = p.member(name); p.node == nil {
			return nil, false
		}
	}
	if !secrets {
		p.node = p.masked()
	}
	return p.node.appendJSON(nil, nil), true
}

// Has reports whether the file itself says something of a place.
func (l *Loaded) Has(names []string) bool { return l.file.find(names...) != nil }

// Difference is a place where two texts differ.
type Difference struct {
	Key    string `json:"key"`
	Was    string `json:"was,omitempty"` // as JSON, secrets masked; "" there was nothing
	Is     string `json:"is,omitempty"`
	Secret bool   `json:"secret,omitempty"`
}

// Compare lists what another text says otherwise, by key, in its order.
func Compare(was, is []byte) ([]Difference, error) {
	trees := make([]*node, 2)
	for k, text := range [][]byte{was, is} {
		if len(text) == 0 {
			text = []byte("{}")
		}
		n, _, err := readText(text)
		if err != nil {
			return nil, fmt.Errorf("one of the two is not JSON5: %w", err)
		}
		trees[k] = n
	}
	var list []Difference
	root := schemaSettings()
	differ(spot{trees[0], "", root}, spot{trees[1], "", root}, &list)
	return list, nil
}

func differ(was, is spot, list *[]Difference) {
	if was.node != nil && is.node != nil && was.node.kind == objectKind && is.node.kind == objectKind && (is.setting == nil || !is.setting.Secret) {
		names := make(map[string]bool)
		for _, m := range slices.Concat(is.node.members, was.node.members) {
			if !names[m.name] {
				names[m.name] = true
				differ(was.member(m.name), is.member(m.name), list)
			}
		}
		return
	}
	plain := func(p spot, shown bool) string {
		if p.node == nil {
			return ""
		}
		n := p.node
		if shown {
			n = p.masked()
		}
		return string(n.appendJSON(nil, nil))
	}
	if plain(was, false) == plain(is, false) {
		return
	}
	*list = append(*list, Difference{Key: is.key, Was: plain(was, true), Is: plain(is, true), Secret: is.setting == nil || is.setting.hides})
}
