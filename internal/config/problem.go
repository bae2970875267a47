package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/protocol/wire"
)

// The rules that problems name.
const (
	RuleFile      = "CONFIG_FILE"           // the file can't be read
	RuleSyntax    = "CONFIG_SYNTAX"         // the text is not JSON5
	RuleDuplicate = "CONFIG_DUPLICATE"      // a key stands twice
	RuleValue     = "CONFIG_VALUE"          // a value that the schema doesn't allow
	RuleUnknown   = "CONFIG_UNKNOWN"        // a key that the schema doesn't name
	RuleUnsafe    = "CONFIG_UNSAFE"         // settings that must not be started with
	RuleMissing   = "CONFIG_MISSING"        // a setting that another one needs
	RuleUnused    = "CONFIG_UNUSED"         // a setting that nothing looks at
	RuleExample   = "CONFIG_EXAMPLE_SECRET" // a secret that stands in documentation
	RuleReadable  = "CONFIG_READABLE"       // secrets that others can read
)

// Problem is one thing that is wrong with the configuration, or likely not
// meant. It never holds the value of a secret.
type Problem struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitzero"`  // from 1; 0 where no line is meant
	Col     int    `json:"col,omitzero"`   // from 1, in bytes
	From    string `json:"from,omitempty"` // the flag or variable that gave the value
	Key     string `json:"key,omitempty"`
	Rule    string `json:"rule"`
	Message string `json:"message"` // with the key, the value and what is expected

	end   bool // a text that ends too early
	doubt bool // about the configuration in force, and not about the text
}

// String gives the problem as one line: file:line:col, or the flag or variable
// that is to blame, then the message and the rule.
func (p Problem) String() string {
	var where string
	switch {
	case p.From != "":
		where = p.From + ": "
	case p.Line > 0:
		where = fmt.Sprintf("%s:%d:%d: ", p.File, p.Line, p.Col)
	case p.File != "":
		where = p.File + ": "
	}
	return where + p.Message + " (" + p.Rule + ")"
}

// Problems is a list of them. It is an error.
type Problems []Problem

// Error gives one line a problem.
func (l Problems) Error() string {
	texts := make([]string, len(l))
	for k, p := range l {
		texts[k] = p.String()
	}
	return strings.Join(texts, "\n")
}

// Err is the list as an error, or nil when it is empty.
func (l Problems) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// sort brings problems of flags and variables to the front and the others into
// the order of the text.
func (l Problems) sort() {
	slices.SortStableFunc(l, func(p, q Problem) int {
		return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
	})
}

// hide takes secrets out of the messages. None should be in them; but a person
// may have put one in the place of something that is no secret.
func (l Problems) hide(secrets []string) {
	for k := range l {
		for _, secret := range secrets {
			if len(secret) < shortSecret {
				continue // would tear the sentences apart
			}
			quoted := string(wire.AppendString(nil, secret))
			for _, form := range []string{quoted[1 : len(quoted)-1], secret} {
				l[k].Message = strings.ReplaceAll(l[k].Message, form, "***")
				l[k].Key = strings.ReplaceAll(l[k].Key, form, "***")
			}
		}
	}
}

// shortSecret is the length from which a secret is looked for in messages.
const shortSecret = 4

// maxShown is how much of a value or name a message shows.
const maxShown = 60

// suggest offers the known word that a misspelt one was meant to be.
func suggest(word string, known []string) string {
	best, at := "", max(1, min(len(word)/3, 3))+1
	for _, k := range known {
		if strings.EqualFold(word, k) {
			return k
		}
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < at {
			best, at = k, d
		}
	}
	return best
}

// distance counts the edits between two words; swapping neighbours is one.
func distance(a, b string) int {
	if len(a) > maxShown || len(b) > maxShown {
		return maxShown
	}
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := 1
			if a[i] == b[j] {
				change = 0
			}
			row[j+1] = min(last[j]+change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
