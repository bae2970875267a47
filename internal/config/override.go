package config

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// Keys that this package speaks of by name.
const (
	keyToken    = "gateway.auth.token"
	keyPassword = "gateway.auth.password"
	keyMode     = "gateway.auth.mode"
	keyTLSCert  = "gateway.tls.cert"
	keyTLSKey   = "gateway.tls.key"
)

// flagKeys says which setting each flag of `gateway serve` gives.
var flagKeys = []struct{ flag, key string }{
	{"port", "gateway.port"},
	{"bind", "gateway.bind"},
	{"token", keyToken},
	{"password", keyPassword},
	{"auth-mode", keyMode},
	{"allow-origin", "gateway.origins"},
	{"tls-cert", keyTLSCert},
	{"tls-key", keyTLSKey},
}

// envKey is a variable of the environment that gives a setting.
type envKey struct{ name, key string }

// envKeys says which setting each variable gives, as the schema has it. Of those of
// one setting the first that is not empty wins; those of other gateways come last.
var envKeys = sync.OnceValue(func() (list []envKey) {
	for rank, more := 0, true; more; rank++ {
		more = false
		for _, k := range Keys() {
			if rank < len(k.Env) {
				list, more = append(list, envKey{k.Env[rank], k.Path}), true
			}
		}
	}
	return list
})

// FlagKey tells which setting a flag gives, without its dashes: port gives
// gateway.port.
func FlagKey(flag string) (key string, ok bool) {
	for _, f := range flagKeys {
		if f.flag == flag {
			return f.key, true
		}
	}
	return "", false
}

// EnvKeys lists the variables that give settings, for help texts. Those of
// other gateways come last.
func EnvKeys() []string {
	names := make([]string, len(envKeys()))
	for k, e := range envKeys() {
		names[k] = e.name
	}
	return names
}

// override is a value from outside the file.
type override struct {
	kind  OriginKind
	from  string // --port, GATEWAY_PORT
	key   string
	value *node
}

// override takes over what the environment and the flags say, the weaker ones
// first, and judges it.
func (l *Loaded) override(s Sources) {
	if s.Env != nil {
		for _, e := range envKeys() {
			text := s.Env(e.name)
			given := slices.ContainsFunc(l.overrides, func(o override) bool { return o.key == e.key })
			// An empty variable is how people unset one.
			if text != "" && !given {
				l.add(FromEnv, e.name, e.key, []string{text})
			}
		}
	}
	for _, f := range flagKeys {
		if values, given := s.Flags[f.flag]; given {
			l.add(FromFlag, "--"+f.flag, f.key, values)
		}
	}
	for _, flag := range slices.Sorted(maps.Keys(s.Flags)) {
		if _, ok := FlagKey(flag); !ok {
			l.Problems = append(l.Problems, Problem{From: "--" + flag, Rule: RuleUnknown, Message: "no setting belongs to this flag"})
		}
	}
}

func (l *Loaded) add(kind OriginKind, from, key string, values []string) {
	value := valueOf(settingAt(key), from, values)
	l.overrides = append(l.overrides, override{kind, from, key, value})

	var none *node
	j := judge{place: func(n *node, p Problem) Problem {
		p.From = from
		return p
	}}
	j.judge(none.set(value, strings.Split(key, ".")...))
	l.Problems = append(l.Problems, j.problems...)
}

// valueOf makes a value of the words that a flag or variable gives. A word
// that is none of the setting's type stays a string, and is refused as one.
func valueOf(s *setting, from string, words []string) *node {
	if s != nil && s.Type == "array" {
		list := &node{kind: listKind, from: from}
		for _, word := range words {
			list.items = append(list.items, valueOf(s.each, from, []string{word}))
		}
		return list
	}
	n := &node{kind: stringKind, from: from}
	if len(words) > 0 {
		n.text = words[len(words)-1] // as flags do: the last one counts
	}
	if s == nil {
		return n
	}
	switch s.Type {
	case "integer", "number":
		r := reader{text: []byte(strings.TrimSpace(n.text))}
		if c := r.peek(); c != '-' && !isDigit(c) {
			break
		}
		if number, err := r.number(); err == nil && r.ended() {
			n.kind, n.text = numberKind, number
		}
	case "boolean":
		if n.text == "true" || n.text == "false" {
			n.kind = boolKind
		}
	}
	return n
}
