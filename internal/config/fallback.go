package config

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol/wire"
)

// Fallback tells of a part of the file that is wrong, and of what is in force in
// its place.
type Fallback struct {
	Section  string   // a name at the top of the file; "" for the whole
	Problems Problems // what is wrong with it
	From     string   // what is in force instead, for people
}

// Startable tells why a gateway would not start with the configuration; nil when
// it would. A token that nobody gives is made at the start.
func (l *Loaded) Startable(plaintext bool) error {
	c := *l.Config
	if auth := &c.Gateway.V.Auth.V; auth.Token.V == "" {
		auth.Token = wire.Some("of the state folder")
	}
	return l.Locate(Check(&c, plaintext)).Err()
}

// LoadGood reads the configuration as Load does, for a gateway that starts. Where a
// section is wrong, or the whole text, what an earlier version has there is taken
// in its place, and Fallbacks tells of it: a slip in a file is no reason to be
// without a gateway. The error is that of Load where no version helps, and where
// it is a flag or variable that is wrong.
func LoadGood(s Sources, h History, plaintext bool) (*Loaded, error) {
	l, err := Load(s)
	startable := func(l *Loaded) error { return l.Startable(plaintext) }
	if err == nil {
		err = startable(l)
	}
	problems, ok := errors.AsType[Problems](err)
	if !ok {
		return l, err
	}
	earlier := func(yield func(*Loaded) bool) {
		versions, _ := h.Versions() // without them there is nothing to fall back to
		for _, v := range versions {
			text, err := v.Text()
			if err != nil || v.Hash == l.Hash {
				continue
			}
			s.Text = text
			e, _ := Load(s)
			e.origin = fmt.Sprintf("the version %.12s of %s", v.Hash, v.At.Local().Format("2006-01-02 15:04:05"))
			if !yield(e) {
				return
			}
		}
	}
	if l.fallBack(problems, earlier, startable) || l.fallBackWhole(problems, earlier, startable) {
		return l, nil
	}
	return l, problems
}

// fallBack takes the sections that problems are in from earlier configurations, and
// reports whether that makes one that passes the check. If not, it stays as it is.
func (l *Loaded) fallBack(problems Problems, earlier iter.Seq[*Loaded], check func(*Loaded) error) (ok bool) {
	if l.file == nil || l.file.kind != objectKind {
		return false
	}
	before := *l
	defer func() {
		if !ok {
			*l = before
		}
	}()
	used, values := l.file, l.values
	var fallen []Fallback
	for len(problems) > 0 {
		by := l.bySection(problems)
		for _, section := range slices.Sorted(maps.Keys(by)) {
			known := slices.ContainsFunc(fallen, func(f Fallback) bool { return f.Section == section })
			if section == "" || known {
				return false // not of the file, or of several sections together
			}
			e := lastGood(section, earlier)
			if e == nil {
				return false
			}
			used, values = withSection(used, e.inUse(), section), withSection(values, e.values, section)
			fallen = append(fallen, Fallback{section, by[section], e.name()})
		}
		problems = l.use(used, values, fallen, check)
	}
	return true
}

// fallBackWhole takes all from the newest configuration that is good as a whole.
func (l *Loaded) fallBackWhole(problems Problems, earlier iter.Seq[*Loaded], check func(*Loaded) error) bool {
	if slices.ContainsFunc(problems, func(p Problem) bool { return p.From != "" }) {
		return false
	}
	before := *l
	for e := range earlier {
		if len(e.Problems) == 0 && len(l.use(e.inUse(), e.values, []Fallback{{"", problems, e.name()}}, check)) == 0 {
			return true
		}
		*l = before
	}
	return false
}

// name says for people which configuration it is.
func (l *Loaded) name() string { return cmp.Or(l.origin, "what was in force before") }

// use makes the configuration of other values, and gives what is wrong with it.
func (l *Loaded) use(used, values *node, fallen []Fallback, check func(*Loaded) error) Problems {
	if l.fallen == nil {
		l.asRead = l.values
	}
	l.used, l.values, l.fallen = used, values, fallen
	l.Problems, l.Warnings = nil, slices.DeleteFunc(slices.Clone(l.Warnings), func(p Problem) bool { return p.doubt })
	l.decide()
	problems := l.Problems
	if len(problems) == 0 {
		problems, _ = errors.AsType[Problems](check(l))
	}
	for _, list := range []Problems{problems, l.Warnings} {
		list.sort()
		list.hide(l.Secrets())
	}
	l.Problems = problems
	return problems
}

// Fallbacks tells what of the file is wrong, so that something earlier is in force.
func (l *Loaded) Fallbacks() []Fallback { return l.fallen }

// WarnFallbacks puts them into the log.
func (l *Loaded) WarnFallbacks(log *slog.Logger) {
	for _, f := range l.fallen {
		log.Error("a part of the configuration is wrong, and something earlier is in force in its place", "part", f.Part(), "error", f.Problems, "inForce", f.From)
	}
}

// String gives it as one line.
func (f *Fallback) String() string {
	return f.Part() + " is wrong, and " + f.From + " is in force in its place: " + strings.ReplaceAll(f.Problems.Error(), "\n", "; ")
}

// Part names for people what is wrong.
func (f *Fallback) Part() string {
	if f.Section == "" {
		return "the whole file"
	}
	return "the section " + f.Section
}

// inUse is what is in force of the file's text: with references as they are
// written, and without what was fallen back from.
func (l *Loaded) inUse() *node {
	if l.fallen != nil {
		return l.used
	}
	return l.file
}

// bySection groups problems by the section that they are in, "" for none.
func (l *Loaded) bySection(problems Problems) map[string]Problems {
	by := make(map[string]Problems)
	for _, p := range problems {
		section := ""
		switch {
		case p.From != "":
		case p.Line > 0:
			section = l.sectionAt(p.Line, p.Col)
		default: // of something that is not there
			section = p.Key[:min(len(p.Key), strings.IndexAny(p.Key+".", ".["))]
		}
		by[section] = append(by[section], p)
	}
	return by
}

// sectionAt is the section that a place of the text is in.
func (l *Loaded) sectionAt(line, col int) (name string) {
	for _, m := range l.file.members {
		atLine, atCol := l.lines.place(m.at)
		if cmp.Or(cmp.Compare(atLine, line), cmp.Compare(atCol, col)) > 0 {
			break
		}
		name = m.name
	}
	return name
}

// lastGood is the newest configuration in which a section is as it should be.
func lastGood(section string, earlier iter.Seq[*Loaded]) *Loaded {
	for e := range earlier {
		if e.file == nil && e.fallen == nil || e.values == nil {
			continue
		}
		if e.bySection(e.Problems)[section] == nil {
			return e
		}
	}
	return nil
}

// withSection is an object with a section of another one, or without it.
func withSection(n, from *node, section string) *node {
	if value := from.get(section); value != nil {
		return n.set(value, section)
	}
	return n.remove(section)
}
