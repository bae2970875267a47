package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A secret need not stand in the file: {"$env": NAME} is the value of a variable,
// {"$file": PATH} the content of a file without the line's end, and ${NAME} within
// a string a variable's value. Only secrets may be given so: what is no secret is
// shown to everybody who may read the configuration, and so would be the
// environment.
const (
	envName  = "$env"
	fileName = "$file"
)

// maxSecretFile bounds what is read of a file that a reference names.
const maxSecretFile = 64 << 10

// variable is one within a string; with two dollars it is no variable.
var variable = regexp.MustCompile(`\$?\$\{[A-Za-z_][A-Za-z0-9_]*\}`)

// inText is a variable within a string, whatever stands before it.
var inText = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*\}`)

// Literal writes a secret so that nothing in it is taken for a variable.
func Literal(secret string) string { return inText.ReplaceAllString(secret, "$$$0") }

// isReference reports whether a value says where another one is.
func isReference(n *node) bool {
	return n.kind == objectKind && len(n.members) == 1 && (n.members[0].name == envName || n.members[0].name == fileName) &&
		n.members[0].value.kind == stringKind || n.kind == stringKind && refersWithin(n.text)
}

func refersWithin(text string) bool {
	for _, v := range variable.FindAllString(text, -1) {
		if !strings.HasPrefix(v, "$$") {
			return true
		}
	}
	return false
}

// resolved is the tree with the values that references stand for. What they
// cannot give is a problem.
func (l *Loaded) resolved(p spot, secret bool) *node {
	n := p.node
	secret = secret || p.setting != nil && p.setting.Secret
	if secret && (isReference(n) || n.kind == stringKind && variable.MatchString(n.text)) {
		text, err := l.refer(n)
		if err != nil {
			l.Problems = append(l.Problems, l.problem(n.at, Problem{Key: p.key, Rule: RuleMissing, Message: p.key + " " + err.Error()}))
			text = "missing" // said already
		}
		return &node{kind: stringKind, at: n.at, end: n.end, text: text}
	}
	copied := *n
	copied.members, copied.items = nil, nil
	for _, m := range n.members {
		below := spot{m.value, childKey(p.key, m.name), p.setting.member(m.name)}
		copied.members = append(copied.members, member{name: m.name, at: m.at, value: l.resolved(below, secret)})
	}
	for k := range n.items {
		copied.items = append(copied.items, l.resolved(p.item(k), secret))
	}
	return &copied
}

// refer gives what a reference stands for.
func (l *Loaded) refer(n *node) (string, error) {
	if n.kind == stringKind {
		var failed error
		text := variable.ReplaceAllStringFunc(n.text, func(v string) string {
			if strings.HasPrefix(v, "$$") {
				return v[1:]
			}
			value, err := l.env(v[2 : len(v)-1])
			failed = errors.Join(failed, err)
			return value
		})
		return text, failed
	}
	if m := n.members[0]; m.name == fileName {
		return l.secretFile(m.value.text)
	}
	return l.env(n.members[0].value.text)
}

func (l *Loaded) env(name string) (string, error) {
	if l.sources.Env != nil {
		if value := l.sources.Env(name); value != "" {
			return value, nil
		}
	}
	return "", fmt.Errorf("is to come from the variable %s, which is not set: set it, or give the value", name)
}

// secretFile reads a file; its path begins at the folder of the configuration.
func (l *Loaded) secretFile(path string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(l.Path), path)
	}
	wrong := func(what string) error {
		return fmt.Errorf("is to come from the file %s, %s", path, what)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", wrong("which can't be read: " + bare(err).Error())
	case !info.Mode().IsRegular():
		return "", wrong("which is no file") // opening a named pipe might never return
	}
	f, err := os.Open(path)
	if err != nil {
		return "", wrong("which can't be read: " + bare(err).Error())
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	switch {
	case err != nil:
		return "", wrong("which can't be read: " + bare(err).Error())
	case len(text) > maxSecretFile:
		return "", wrong(fmt.Sprintf("which is too long: at most %d bytes are read", maxSecretFile))
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", wrong("which is empty")
	}
	return secret, nil
}
