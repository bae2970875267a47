// Package diag holds what the generator has to say about schema files:
// positions, findings with stable rule ids, their order and their printed
// forms. It knows nothing of schemas.
package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// Pos is a place in a file. Line and Col start at 1; Col counts bytes. A zero
// Line means the file as a whole.
type Pos struct {
	File string `json:"file"`
	Line int    `json:"line,omitzero"`
	Col  int    `json:"col,omitzero"`
}

// String gives the place as file:line:col, or the file alone.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Compare orders places by file, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(cmp.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// Related points at a second place that belongs to a finding, such as the
// other of two colliding names.
type Related struct {
	Pos     Pos    `json:"pos"`
	Message string `json:"message"`
}

// Diagnostic is one finding: what is wrong, and what was expected.
type Diagnostic struct {
	Pos     Pos       `json:"pos"`
	Pointer string    `json:"pointer,omitempty"`
	Rule    Rule      `json:"rule"`
	Message string    `json:"message"`
	Related []Related `json:"related,omitempty"`
}

// String gives the finding on one line: file:line:col: message (RULE).
func (d Diagnostic) String() string {
	return fmt.Sprintf("%s: %s (%s)", d.Pos, d.Message, d.Rule)
}

// List collects findings. The zero value is ready to use.
type List []Diagnostic

// Add appends a finding; format and args are as for fmt.Sprintf.
func (l *List) Add(pos Pos, rule Rule, format string, args ...any) *Diagnostic {
	*l = append(*l, Diagnostic{Pos: pos, Rule: rule, Message: fmt.Sprintf(format, args...)})
	return &(*l)[len(*l)-1]
}

// Sort orders the findings by place, rule and text, and drops exact repeats,
// so that output does not depend on the order of the work.
func (l *List) Sort() {
	slices.SortStableFunc(*l, func(a, b Diagnostic) int {
		return cmp.Or(a.Pos.Compare(b.Pos), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
	*l = slices.CompactFunc(*l, func(a, b Diagnostic) bool {
		return a.Pos == b.Pos && a.Rule == b.Rule && a.Message == b.Message
	})
}
