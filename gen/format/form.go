package format

import (
	"strings"

	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/source"
)

// form is how a value is laid out, by what it is and not by what is in it.
// The zero form is that of instance data: order kept, on one line if it fits.
type form struct {
	// order is the order of members; nil keeps that of the source.
	order func(n *source.Node) []string
	// open reports whether the value spans lines even where it would fit.
	open func(n *source.Node) bool
	// prose names members whose text is not counted when the width is
	// measured: a sentence cannot be broken, so a line of its own would not
	// make it fit.
	prose []string
	// member is the form of a member's value, item that of an array's items.
	member func(key string) *form
	item   *form
}

var dataForm form

// The forms of schemas. They refer to each other, hence set in init.
var schemaForm, branchesForm, namedForm, defsForm form

func init() {
	schemaForm = form{order: schemaOrder, open: spansLines, prose: []string{"description"}, member: keywordForm}
	branchesForm = form{open: branchesSpan, item: &schemaForm}
	namedForm = form{open: always, member: each(&schemaForm)}
	defsForm = form{order: exchangeFirst, open: always, member: each(&schemaForm)}
}

func always(*source.Node) bool { return true }

func fixed(order ...string) func(*source.Node) []string {
	return func(*source.Node) []string { return order }
}

// keywordForm is the form of what stands under a keyword of a schema.
func keywordForm(key string) *form {
	switch key {
	case "$defs":
		return &defsForm
	case "x-errors":
		return &errorsForm
	case "x-aliases":
		return &aliasesForm
	case "x-dialects":
		return &dialectsForm
	case "x-deprecated":
		return &deprecatedForm
	case "x-examples":
		return &exchangesForm
	}
	switch dialect.Of(key) {
	case dialect.Schema:
		return &schemaForm
	case dialect.Schemas:
		return &branchesForm
	case dialect.Named:
		return &namedForm
	}
	return &dataForm
}

var (
	errorsForm = form{open: always, item: &form{
		order: fixed("code", "message", "when", "details"), prose: []string{"message", "when"},
		member: only("details", &schemaForm),
	}}
	aliasesForm    = form{item: &form{order: fixed("name", "dialect", "deprecated", "until")}}
	dialectsForm   = form{member: each(&form{order: fixed("name", "payload"), member: only("payload", &schemaForm)})}
	deprecatedForm = form{order: fixed("since", "use")}
	// Each part of an exchange has a line of its own, so that calls and
	// answers stand below each other. A payload with its title has no answer.
	exchangesForm = form{open: always, item: &form{open: func(n *source.Node) bool { return len(n.Members) > 2 }}}
)

func only(key string, f *form) func(string) *form {
	return func(k string) *form {
		if k == key {
			return f
		}
		return &dataForm
	}
}

func each(f *form) func(string) *form { return func(string) *form { return f } }

// manifestForm is the form of protocol.json: one line for each thing declared.
var manifestForm = form{order: fixed(manifestOrder...), open: always, member: func(key string) *form {
	switch key {
	case "dialects", "roles", "scopes", "errors":
		return &form{open: always, member: each(&form{
			order: fixed("role", "scoped", "implies", "retryable", "…", "description"), prose: []string{"description"},
		})}
	case "groups":
		return &form{open: always, item: &form{order: fixed("name", "title", "description"), prose: []string{"description"}}}
	case "unknownMethod":
		return &form{order: fixed("x-role", "x-scope")}
	case "runtimeErrors":
		return &form{order: fixed("refused", "unavailable")}
	case "limits":
		return &form{order: fixed("maxPayloadBytes", "maxDepth")}
	}
	return &dataForm
}}

// exchangeFirst puts the parts of a method's exchange in the order in which
// they cross the wire, before the types of the file's own.
func exchangeFirst(n *source.Node) []string {
	if strings.HasPrefix(n.File.Path, "methods/") && n.Parent() == n.File.Root {
		return []string{"params", "accepted", "result", "failure"}
	}
	return nil
}

func schemaOrder(n *source.Node) []string {
	if isLeaf(n) {
		return leafOrder
	}
	return declarationOrder
}

// spansLines keeps one line to leaves. Hints for forms are for another reader
// than the schema is, so they get a line of their own.
func spansLines(n *source.Node) bool { return !isLeaf(n) || n.Has("x-ui") }

// isLeaf reports whether a schema is told in one breath: it is not the root
// of a file, declares no name for others, lists no members or branches, and
// says nothing about its parts in words. The answer must not depend on the
// width, or the order of keywords would change with the indentation.
func isLeaf(n *source.Node) bool {
	switch {
	case n.Kind != source.Object || n.Parent() == nil:
		return false
	case n.Has("title") && n.Parent().Key() == "$defs":
		return false
	case n.Has("$defs") || n.Has("allOf") || n.Has("oneOf"):
		return false
	}
	if p := n.Get("properties"); p != nil && len(p.Members) > 0 {
		return false
	}
	leaf := true
	dialect.Walk(n, func(part *source.Node) {
		if part != n && (part.Has("description") || part.Has("properties") || part.Has("allOf") || part.Has("oneOf")) {
			leaf = false
		}
	})
	return leaf
}

// branchesSpan gives each branch a line of its own when there are more than
// two, as it will be one that comes or goes, and when one has a description.
func branchesSpan(n *source.Node) bool {
	for _, branch := range n.Items {
		if branch.Has("description") {
			return true
		}
	}
	return len(n.Items) > 2
}
