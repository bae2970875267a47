package wire

import (
	"regexp"
	"sync"
)

// Pattern is the pattern of a schema. It is compiled when it is first used, so
// that a program doesn't pay for patterns it never meets.
type Pattern struct {
	compile func() *regexp.Regexp
}

// NewPattern returns the pattern with that text, in the subset that RE2 and
// ECMA-262 share.
func NewPattern(source string) *Pattern {
	return &Pattern{sync.OnceValue(func() *regexp.Regexp {
		re, err := regexp.Compile(source)
		if err != nil {
			return nil
		}
		return re
	})}
}

// Match reports whether the pattern is found anywhere in s, as JSON Schema has
// it. A pattern that does not compile, which the generator lets no schema
// have, matches nothing.
func (p *Pattern) Match(s string) bool {
	re := p.compile()
	return re != nil && re.MatchString(s)
}
