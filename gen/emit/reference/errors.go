package reference

import (
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

func errorAnchor(e *ir.ErrorCode) string { return strings.ToLower(e.Name) }

// errors writes the page of error codes and of the methods that give them.
func (b *book) errors() *page {
	pg := b.page(errorsPage, "Errors")
	pg.para("A failed request is answered with " + pg.frameLink(ir.FrameError, "an error") + ": a code for programs, a message for people. In messages, `<words>` stand for what varies.")
	var rows [][]string
	for _, e := range b.p.Errors {
		retry := "no"
		if e.Retryable {
			retry = "yes"
		}
		rows = append(rows, []string{pg.codeLink(e), retry, pg.prose(orDash(e.Doc))})
	}
	pg.table([]string{"Code", "Retry", "Meaning"}, rows)
	pg.para("“Retry” says whether the same request may succeed later.")
	pg.everyMethod()
	for _, e := range b.p.Errors {
		pg.errorCode(e)
	}
	return pg
}

// everyMethod explains the errors that the server's runtime gives for any
// method. Their wording is the runtime's, not the schema's.
func (pg *page) everyMethod() {
	pg.heading(2, "Errors of every method")
	pg.para("Before a method is run, the server checks the frame, the role, the scope, the method's name and the params, in this order; the first fault found is the answer. Which roles and scopes a method needs stands at the method and in " + pg.link("Access", place{accessPage, ""}) + ".")
	refused, unavailable := pg.codeLink(pg.p.Refused), pg.codeLink(pg.p.Unavailable)
	pg.table([]string{"Code", "Message", "When"}, [][]string{
		{refused, code("invalid request frame: <faults>"), "The message is no well-formed request."},
		{refused, code("unauthorized role: <role>"), "The method is not for the connection's role."},
		{refused, code("missing scope: <scope>"), "The connection has neither this scope nor one that implies it."},
		{refused, code("unknown method: <method>"), "There is no method of that name."},
		{refused, code("invalid <method> params: <faults>"), "The params do not fit. " + code("details.issues") + " has each fault with its path and the rule it breaks."},
		{unavailable, code("<method> is not offered by this server"), "The protocol has the method, but this server does not serve it."},
	})
}

func (pg *page) codeLink(e *ir.ErrorCode) string {
	if e == nil {
		return "any"
	}
	return pg.link(code(e.Name), place{errorsPage, errorAnchor(e)})
}

// given is an error as some methods give it.
type given struct {
	message, when string
	methods       []*ir.Method
}

// errorCode lists the errors of one code that methods name, by message.
func (pg *page) errorCode(e *ir.ErrorCode) {
	pg.heading(2, e.Name)
	pg.para(pg.prose(e.Doc))
	var list []*given
	for _, m := range pg.p.Methods {
		for _, me := range m.Errors {
			if me.Code != e {
				continue
			}
			i := slices.IndexFunc(list, func(g *given) bool { return g.message == me.Message && g.when == me.When })
			if i < 0 {
				list, i = append(list, &given{message: me.Message, when: me.When}), len(list)
			}
			list[i].methods = append(list[i].methods, m)
		}
	}
	if len(list) == 0 {
		pg.para("No method names an error of its own with this code.")
		return
	}
	slices.SortStableFunc(list, func(a, b *given) int {
		return strings.Compare(strings.ToLower(a.message), strings.ToLower(b.message))
	})
	var rows [][]string
	for _, g := range list {
		var links []string
		for _, m := range g.methods {
			links = append(links, pg.link(code(m.Wire), pg.methodPlace(m)))
		}
		rows = append(rows, []string{code(g.message), strings.Join(links, ", "), pg.prose(orDash(g.when))})
	}
	pg.table([]string{"Message", "Methods", "When"}, rows)
}
