package typescript

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol/wire"
)

// reserved are the words that cannot name a constant of a module.
var reserved = strings.Fields(`arguments await break case catch class const continue debugger default delete do else enum eval
	export extends false finally for function if implements import in instanceof interface let new null package private
	protected public return static super switch this throw true try typeof undefined var void while with yield`)

// identifier makes a name one that can be declared.
func identifier(name string) string {
	if slices.Contains(reserved, name) {
		return name + "_"
	}
	return name
}

var plainKey = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

// key is the name of a member, quoted where it has to be. In an object literal
// a bare __proto__ would set the prototype; members of shapes are named by
// strings, so that none of ours is ever such a key.
func key(name string) string {
	if plainKey.MatchString(name) {
		return name
	}
	return quote(name)
}

// quote writes a string literal. JSON's are also JavaScript's.
func quote(text string) string { return string(wire.AppendString(nil, text)) }

// quoted writes several, with commas between.
func quoted(texts []string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = quote(t)
	}
	return strings.Join(out, ", ")
}
