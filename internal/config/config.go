// Package config reads the gateway's configuration: where the file is, what
// its text says, what flags and environment say over it, and whether the
// gateway may start with the outcome.
//
// What there is to set, its limits and defaults are in schema/config; this
// package knows single keys only where a rule needs more than a schema can say
// (values.go, check.go) and where flags and variables give them (override.go).
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"strings"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Sources is where a configuration comes from. A flag wins over the
// environment, the environment over the file, the file over the defaults.
type Sources struct {
	Path  string                   // the file; see ConfigPlace
	Named bool                     // a flag or variable named the file, so that it should be there
	Text  []byte                   // taken instead of the file's text when it is not nil
	Flags map[string][]string      // values by the flag's name, only those that were given; see FlagKey
	Env   func(name string) string // os.Getenv; nil: no environment
}

// Loaded is a configuration that was read.
type Loaded struct {
	Path   string // the file
	Exists bool   // it is there
	Text   []byte // as it stands
	Hash   string // of the text, see Hash; "" when the file can't be read

	// Config is what is in force: every section is present, and a key that
	// nobody set has the default of the schema. It is nil when something is
	// wrong.
	Config *protocol.Config

	Problems Problems // what is wrong; Load returns them as its error
	Warnings Problems // what is likely not meant

	sources   Sources
	file      *node // nil when the text can't be read
	values    *node // the same with what its references stand for
	lines     *lines
	overrides []override
	mode      fs.FileMode // the file's
	state     string      // where the token came from that UseToken gave
	origin    string      // what it is, where another one falls back to it

	// Where a part of the file is wrong; see Fallback.
	fallen []Fallback
	used   *node // what counts instead of file
	asRead *node // values before
}

// Load reads the configuration and finds everything that is wrong with it. The
// error is of type Problems. The result is never nil: what could be read is in
// it even when something is wrong, so that it can be shown and repaired.
func Load(s Sources) (*Loaded, error) {
	l := &Loaded{Path: s.Path, sources: s}
	l.read(s)
	if len(l.Problems) == 0 {
		l.Hash = Hash(l.Text)
		l.file = &node{kind: objectKind}
		l.values = l.file
		if l.Exists {
			l.parse()
		}
	}
	l.override(s)
	if len(l.Problems) == 0 {
		l.decide()
	}
	for _, list := range []Problems{l.Problems, l.Warnings} {
		list.sort()
		list.hide(l.Secrets())
	}
	return l, l.Problems.Err()
}

// File is the file that the configuration was read from, to be read again with the
// same flags and environment, and to be written.
func (l *Loaded) File() File {
	s := l.sources
	s.Text = nil
	return File{Sources: s}
}

// Hash is what methods take as baseHash: the SHA-256 of a text in hexadecimal.
// That of a missing file is that of the empty text.
func Hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// parse reads the text and judges what it says.
func (l *Loaded) parse() {
	l.lines = newLines(l.Text)
	root, repeats, err := readText(l.Text)
	if err != nil {
		l.file, l.values = nil, nil
		at := 0
		if e, ok := err.(*syntaxError); ok {
			at = e.at
		}
		l.Problems = append(l.Problems, l.problem(at, Problem{Rule: RuleSyntax, Message: err.Error(), end: at >= len(l.Text)}))
		return
	}
	l.file = root
	for _, r := range repeats[:min(len(repeats), maxProblems)] {
		line, _ := l.lines.place(r.first)
		l.Problems = append(l.Problems, l.problem(r.member.at, Problem{
			Rule:    RuleDuplicate,
			Key:     r.member.name,
			Message: fmt.Sprintf("the key %s stands twice in its object, here and in line %d: keep one", childKey("", r.member.name), line),
		}))
	}
	l.values = l.resolved(spot{root, "", schemaSettings()}, false).canonical()
	j := judge{place: l.placeOf}
	j.judge(l.values)
	l.Problems = append(l.Problems, j.problems...)
	l.Warnings = append(l.Warnings, l.unknown(root)...)
}

// decide makes the configuration in force.
func (l *Loaded) decide() {
	all := l.values
	for _, s := range schemaSettings().sections(nil) {
		if all.find(s...) == nil {
			all = all.set(&node{kind: objectKind}, s...)
		}
	}
	for _, o := range l.overrides {
		all = all.set(o.value, strings.Split(o.key, ".")...)
	}
	l.Config = new(protocol.Config)
	if err := l.Config.DecodeAlias(all.appendJSON(nil, nil), wire.Strict); err != nil {
		// The parts were judged, so this is a fault of this package.
		l.Config = nil
		l.Problems = append(l.Problems, Problem{File: l.Path, Rule: RuleValue, Message: "the configuration as a whole is not valid: " + err.Error()})
		return
	}
	l.absolutePaths()
	l.Warnings = append(l.Warnings, l.doubts()...)
}

// sections lists the places of all objects with properties.
func (s *setting) sections(at []string) [][]string {
	var all [][]string
	for _, m := range s.members {
		if len(m.members) > 0 {
			place := append(at[:len(at):len(at)], m.name)
			all = append(all, place)
			all = append(all, m.sections(place)...)
		}
	}
	return all
}

// Parsed is what the file says, as plain JSON in its order: {} when there is no
// file, nil when the text can't be read.
func (l *Loaded) Parsed() []byte {
	if l.file == nil {
		return nil
	}
	return l.file.appendJSON(nil, nil)
}

// Secrets lists the values that no log line, error or answer may show, from
// whatever source, also those that another source wins over.
func (l *Loaded) Secrets() []string {
	var secrets []string
	collect := func(p spot) bool {
		switch {
		case p.setting == nil:
			return false
		case p.setting.Secret:
			secrets = p.node.appendSecrets(secrets)
			return false
		}
		secrets = p.appendTold(secrets)
		return true
	}
	for _, values := range []*node{l.values, l.asRead} {
		if values != nil {
			spot{values, "", schemaSettings()}.walk(collect)
		}
	}
	for _, o := range l.overrides {
		spot{o.value, o.key, settingAt(o.key)}.walk(collect)
	}
	if l.state != "" && l.Config != nil {
		secrets = append(secrets, l.Config.Gateway.V.Auth.V.Token.V)
	}
	return secrets
}

// appendSecrets lists the strings of a value that is secret as a whole.
func (n *node) appendSecrets(secrets []string) []string {
	if isReference(n) {
		return secrets // the names of what holds them are none
	}
	if n.kind == stringKind && n.text != "" {
		secrets = append(secrets, n.text)
		if u, err := url.Parse(n.text); err == nil {
			if password, _ := u.User.Password(); password != "" {
				secrets = append(secrets, password)
			}
		}
	}
	for _, m := range n.members {
		secrets = m.value.appendSecrets(secrets)
	}
	for _, item := range n.items {
		secrets = item.appendSecrets(secrets)
	}
	return secrets
}

// UseToken puts the token of the state folder into force, where no flag,
// variable or file gives one.
func (l *Loaded) UseToken(token, path string) {
	if l.Config == nil || token == "" {
		return
	}
	if auth := &l.Config.Gateway.V.Auth.V; auth.Token.V == "" {
		auth.Token = wire.Some(token)
		l.state = path
	}
}

// Origin tells where the value of a key comes from.
type Origin struct {
	Kind OriginKind
	Name string // the flag, the variable or the file
	Line int    // in the file
	Col  int
}

// OriginKind is a source of values.
type OriginKind uint8

// The sources, the stronger ones later.
const (
	FromDefault OriginKind = iota
	FromState              // a file of the state folder
	FromEarlier            // an earlier version of the file, while a part of it is wrong
	FromFile
	FromEnv
	FromFlag
)

// String gives the origin as messages do: default, --port, GATEWAY_PORT or
// file:line:col.
func (o Origin) String() string {
	switch o.Kind {
	case FromDefault:
		return "default"
	case FromFile:
		return fmt.Sprintf("%s:%d:%d", o.Name, o.Line, o.Col)
	}
	return o.Name
}

// Origin tells where the value in force of a setting comes from.
func (l *Loaded) Origin(key string) Origin {
	if key == keyToken && l.state != "" {
		return Origin{Kind: FromState, Name: l.state} // all others were empty
	}
	for k := len(l.overrides) - 1; k >= 0; k-- {
		if o := l.overrides[k]; o.key == key {
			return Origin{Kind: o.kind, Name: o.from}
		}
	}
	names := strings.Split(key, ".")
	for _, f := range l.fallen {
		if f.Section != "" && f.Section != names[0] {
			continue
		}
		if l.used.find(names...) == nil {
			return Origin{}
		}
		return Origin{Kind: FromEarlier, Name: f.From}
	}
	if n := l.file.find(names...); n != nil && l.lines != nil {
		line, col := l.lines.place(n.at)
		return Origin{Kind: FromFile, Name: l.Path, Line: line, Col: col}
	}
	return Origin{}
}

// Locate completes problems, such as those of Check, with where the value of
// their key comes from.
func (l *Loaded) Locate(problems Problems) Problems {
	for k := range problems {
		p := &problems[k]
		switch o := l.Origin(p.Key); o.Kind {
		case FromFile:
			p.File, p.Line, p.Col = o.Name, o.Line, o.Col
		case FromEnv, FromFlag:
			p.From = o.Name
		}
	}
	return problems
}

// problem completes a problem with a place in the text.
func (l *Loaded) problem(at int, p Problem) Problem {
	p.File = l.Path
	p.Line, p.Col = l.lines.place(at)
	return p
}

func (l *Loaded) placeOf(n *node, p Problem) Problem { return l.problem(n.at, p) }

// String names the configuration. It keeps %v from printing its secrets.
func (l *Loaded) String() string { return "configuration " + l.Path }

// LogValue does the same for logs.
func (l *Loaded) LogValue() slog.Value {
	return slog.GroupValue(slog.String("path", l.Path), slog.Bool("exists", l.Exists), slog.String("hash", l.Hash),
		slog.Int("problems", len(l.Problems)), slog.Int("warnings", len(l.Warnings)))
}
