package reference

import (
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// group writes the page of a method group.
func (b *book) group(g *ir.Group) *page {
	// A word more than the group's name keeps the title's anchor apart from
	// that of a method called like the group.
	pg := b.page(b.groupPage(g), groupTitle(g)+" methods")
	pg.para(pg.prose(g.Doc))
	var rows [][]string
	for _, m := range g.Methods {
		rows = append(rows, pg.methodRow(m))
	}
	pg.table(methodHead, rows)
	for _, m := range g.Methods {
		if !b.split {
			pg.method(m)
		}
	}
	return pg
}

var methodHead = []string{"Method", "Scope", "What it does"}

// methodRow is a method in a list of methods.
func (pg *page) methodRow(m *ir.Method) []string {
	what := pg.prose(firstSentence(m.Doc))
	if m.Deprecated != nil {
		what = "**Deprecated.** " + what
	}
	if m.NotOffered != "" {
		what = "*Not offered.* " + what
	}
	return []string{pg.link(code(m.Wire), pg.methodPlace(m)), pg.scopeWord(m.Access), what}
}

// method writes the section of one method.
func (pg *page) method(m *ir.Method) {
	pg.self = m.Wire
	defer func() { pg.self = "" }()
	ids := []string{m.Wire}
	for _, a := range m.Aliases {
		ids = append(ids, a.Name)
	}
	pg.entry(m.Wire, ids...)
	if m.Deprecated != nil {
		pg.para(pg.deprecated(m.Deprecated))
	}
	if m.NotOffered != "" {
		pg.para("> **Not offered by this server.** " + pg.prose(m.NotOffered))
	}
	pg.para(pg.prose(m.Doc))
	pg.facts(m)
	roots := []*ir.Type{m.Params, m.Accepted, m.Result.Type, m.Failure}
	for _, e := range m.Errors {
		if e.Details != nil {
			roots = append(roots, e.Details.Type)
		}
	}
	s := pg.section(m.Wire, 4, roots...)
	s.part("Params", ir.Use{Type: m.Params}, "", true)
	if m.Accepted != nil {
		s.part("Early answer", ir.Use{Type: m.Accepted}, "", false)
	}
	s.part("Result", m.Result, m.ResultDoc, false)
	if m.Failure != nil {
		s.part("Payload beside an error", ir.Use{Type: m.Failure}, "", false)
	}
	s.errors(m)
	if !pg.split {
		pg.methodExamples(m)
	}
}

// facts are what a client has to know about a method beside its shapes.
func (pg *page) facts(m *ir.Method) {
	handshake := pg.isHandshake(m)
	items := []string{"**Access:** " + pg.accessWords(m.Access)}
	if handshake {
		items = append(items, "**Handshake:** opens the connection, and is valid as its first message only; see "+pg.link("Handshake", place{framesPage, "handshake"})+".")
	} else {
		items = append(items, "**Effect:** "+effectWords(m))
	}
	if m.Wait.Blocks {
		bound := "."
		if m.Wait.Member != "" {
			bound = ", at most as long as " + code(m.Wait.Member) + " says."
		}
		items = append(items, "**Waits:** answers when it is done"+bound+" Do not put a shorter time limit of your own on it.")
	}
	if m.Accepted != nil {
		items = append(items, "**Answers:** the early answer at once. "+pg.finalWords(m))
	}
	if len(m.Adapt) > 0 {
		items = append(items, "**Dialects:** "+sentence(dialectWords(m.Adapt)+" some params have another form or meaning; the descriptions say which"))
	}
	for _, a := range m.Aliases {
		items = append(items, "**Other name:** "+aliasWords(a))
	}
	var events []string
	for _, e := range m.Emits {
		events = append(events, pg.link(code(e.Wire), pg.eventPlace(e)))
	}
	if len(events) > 0 {
		items = append(items, "**Events:** may cause "+either(events, "and")+".")
	}
	if m.Since > 0 {
		items = append(items, "**Since:** version "+strconv.Itoa(m.Since)+".")
	}
	pg.list(items...)
}

// effectWords says what a call does and what a second one does.
func effectWords(m *ir.Method) string {
	if m.Effect == ir.EffectRead && m.Idempotency.Retryable() {
		return "reads; can be repeated at any time."
	}
	effect := "changes state. "
	if m.Effect == ir.EffectRead {
		effect = "reads. "
	}
	switch m.Idempotency.Kind {
	case ir.IdempotencyKey:
		return effect + "After a lost connection, send it again with the same " + code(m.Idempotency.Key) + "; a new call needs a new one."
	case ir.IdempotencyNatural:
		return effect + "A repeat leaves things as the first call did, so it can be sent again after a lost connection."
	case ir.IdempotencyHash:
		return effect + "A repeat is refused, because the hash it names is no longer the current one: after a lost connection, read first."
	}
	return effect + "A repeat takes effect once more: after a lost connection, look first whether the call got through."
}

func aliasWords(a ir.Alias) string {
	words := code(a.Name) + ", as the `" + a.Dialect.Name + "` dialect calls it; both names are accepted everywhere."
	if a.Deprecated {
		words = code(a.Name) + ", **deprecated**"
		if a.Until > 0 {
			words += " and accepted until version " + strconv.Itoa(a.Until)
		}
		words += "."
	}
	return words
}

// finalWords says who gets the result after an early answer.
func (pg *page) finalWords(m *ir.Method) string {
	if len(m.Final) == 0 {
		return "No other follows."
	}
	words := sentence(dialectWords(m.Final) + " the result, or an error, follows in a second response with the same id")
	if len(m.Final) < len(pg.p.Dialects) {
		words += " In others it does not."
	}
	return words
}

// dialectWords says where something holds.
func dialectWords(list []*ir.Dialect) string {
	var names []string
	for _, d := range list {
		names = append(names, code(d.Name))
	}
	if len(names) == 1 {
		return "in the " + names[0] + " dialect"
	}
	return "in the dialects " + either(names, "and")
}

// isHandshake reports whether a method opens connections.
func (b *book) isHandshake(m *ir.Method) bool {
	f := b.p.Frame(ir.FrameConnect)
	return f != nil && m.Params == f.Type
}

// part explains one of a method's shapes under a heading. Doc says what the shape
// is here, where that is more than its type says.
func (s *section) part(title string, u ir.Use, doc string, inbound bool) {
	s.heading(3, title)
	t := u.Type
	if t == nil {
		s.para("None.")
		return
	}
	if to, shared := s.homes[t]; shared {
		words := s.link(s.typeName(t), to)
		if u.Nullable {
			words += " or null"
		}
		if doc == "" {
			doc = firstSentence(t.Doc)
		}
		s.para(words + ": " + s.doc(doc, nil))
		return
	}
	if inbound && t.Kind == ir.Struct && len(t.Fields) == 0 {
		s.para("None.")
		return
	}
	if t.Doc != s.said {
		s.para(s.prose(t.Doc))
	}
	if u.Nullable {
		s.para("Null, or:")
	}
	s.explain(t, inbound)
}

// errors lists the errors that a method itself gives.
func (s *section) errors(m *ir.Method) {
	s.heading(3, "Errors")
	if len(m.Errors) == 0 {
		s.para("None of its own, only the " + s.link("errors of every method", place{errorsPage, "errors-of-every-method"}) + ".")
		return
	}
	var rows [][]string
	for _, e := range m.Errors {
		retry := "no"
		if e.Code.Retryable {
			retry = "yes"
		}
		when := s.doc(e.When, nil)
		if e.Details != nil {
			when += " " + s.detailsWords(*e.Details)
		}
		rows = append(rows, []string{s.codeLink(e.Code), code(e.Message), when, retry})
	}
	s.table([]string{"Code", "Message", "When", "Retry"}, rows)
	s.inbound = false
	s.flush()
}

// detailsWords explains the details of an error: the members of small objects
// in place, others by a link.
func (s *section) detailsWords(u ir.Use) string {
	t := u.Type
	_, shared := s.homes[t]
	switch {
	case shared || t.Kind != ir.Struct:
		return code("details") + ": " + s.use(u) + "."
	case len(t.Fields) > 2:
		return code("details") + ": " + s.below(t) + "."
	}
	var members []string
	for _, f := range t.Fields {
		words := code("details."+f.Wire) + " (" + s.fieldType(f)
		if !f.Required {
			words += ", optional"
		}
		words += ")"
		if f.Use.Type.Const == nil && f.Doc != "" {
			words += ": " + s.prose(f.Doc)
		} else {
			words += "."
		}
		members = append(members, words)
	}
	return strings.Join(members, " ")
}
