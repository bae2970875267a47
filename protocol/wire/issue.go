package wire

import (
	"slices"
	"strings"
)

// MaxIssues is how many issues of one message are gathered.
const MaxIssues = 8

// Issue is one thing that is wrong with a message.
type Issue struct {
	Path     string `json:"path"`               // JSON pointer to the value; "" is the whole
	Rule     string `json:"rule"`               // the keyword of the schema that is not kept
	Property string `json:"property,omitempty"` // the member, for required and unexpected ones
	Message  string `json:"message"`            // for people, without the path
}

// Text gives the issue with its place, as error messages print it.
func (i Issue) Text() string {
	switch {
	case i.Path != "":
		return "at " + i.Path + ": " + i.Message
	case i.Rule == RuleUnexpected || i.Rule == RuleDuplicate:
		return "at root: " + i.Message
	}
	return i.Message
}

// Rules that are not keywords, or not the keyword alone.
const (
	RuleSyntax     = "syntax"               // not JSON
	RuleUTF8       = "utf8"                 // not UTF-8, or half a surrogate pair
	RuleDepth      = "depth"                // nested too deep
	RuleDuplicate  = "duplicate"            // a member's name appears twice
	RuleRange      = "range"                // a number no peer could hold exactly
	RuleUnexpected = "additionalProperties" // a member that the schema doesn't name
)

// Issues is what Explain found. It is an error.
type Issues []Issue

// Error joins the distinct texts with semicolons.
func (l Issues) Error() string {
	var texts []string
	for _, i := range l {
		if t := i.Text(); !slices.Contains(texts, t) {
			texts = append(texts, t)
		}
	}
	if len(texts) == 0 {
		return "unknown validation error"
	}
	return strings.Join(texts, "; ")
}
