package lower

import (
	"path"
	"regexp"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/source"
)

// wireName is the form of method and event names.
var wireName = regexp.MustCompile(`^[a-z][A-Za-z0-9-]*(\.[a-z][A-Za-z0-9-]*)*$`)

// method reads one method file.
func (l *lowerer) method(f *source.File) {
	n := f.Root
	l.keywords(n)
	m := &ir.Method{Meta: l.meta(n), Wire: l.text(n, "x-method")}
	m.Name = l.title(n)
	if m.Name.Empty() {
		l.add(n, diag.KeywordMissing, "a method file needs a title: the name of the method in code, such as ChatSend")
	}
	l.wireNameOf(n, "x-method", m.Wire)
	if m.Group = l.groupOf(f); m.Group == nil {
		return
	}
	m.Group.Methods = append(m.Group.Methods, m)
	m.Access = l.access(n)
	m.Aliases = l.aliases(n)
	m.Effect = ir.Effect(l.oneOf(n, "x-effect", "read", "write"))
	if !n.Has("x-effect") {
		l.add(n, diag.KeywordMissing, "x-effect is missing: \"read\" or \"write\"")
	}
	m.Runtime = l.oneOf(n, "x-served-by", "runtime") == "runtime"
	m.NotOffered = l.text(n, "x-not-offered")
	l.parts(n, m)
	m.Idempotency = l.idempotency(n, m)
	m.Wait = l.wait(n, m)
	m.Final = l.dialects(n, "x-final")
	m.Adapt = l.dialects(n, "x-adapt")
	l.methodErrors(n, m)
	l.emits = append(l.emits, methodNode{m, n})
}

type methodNode struct {
	method *ir.Method
	node   *source.Node
}

// wireNameOf checks a method's or event's name and that its file is named
// after it.
func (l *lowerer) wireNameOf(n *source.Node, keyword, wire string) {
	switch {
	case !n.Has(keyword):
		l.add(n, diag.MethodNameFormat, "%s is missing: the name on the wire", keyword)
	case !wireName.MatchString(wire):
		l.add(n.Get(keyword), diag.MethodNameFormat, "%s %q is not well formed: expected words of letters, digits and hyphens, joined by dots, such as chat.send", keyword, wire)
	case path.Base(n.File.Path) != wire+".json":
		l.add(n.Get(keyword), diag.MethodNameFormat, "%s %q stands in %s: the file has to be named %s.json", keyword, wire, path.Base(n.File.Path), wire)
	}
}

// groupOf is the group whose folder the file lies in.
func (l *lowerer) groupOf(f *source.File) *ir.Group {
	parts := strings.Split(f.Path, "/")
	if len(parts) != 3 {
		l.list.Add(f.Pos(0), diag.FileMisplaced, "a method file lies in methods/<group>/, not in %s", path.Dir(f.Path))
		return nil
	}
	g := l.p.Group(parts[1])
	if g == nil {
		l.list.Add(f.Pos(0), diag.ManifestUndeclared, "group %q is not declared in %s", parts[1], dialect.ManifestFile)
	}
	return g
}

// parts lowers what stands under $defs: params, results and types of the file.
func (l *lowerer) parts(n *source.Node, m *ir.Method) {
	l.lowerDefs(n)
	if ref := n.Str("$ref"); ref != "#/$defs/params" {
		l.add(n, diag.KeywordMissing, "a method file says \"$ref\": \"#/$defs/params\" at its root, so that any validator can check params with it")
	}
	defs := n.Get("$defs")
	params := defs.Get("params")
	if params == nil {
		l.add(n, diag.KeywordMissing, "$defs lacks params: a method without params declares a closed object without properties")
	} else if use := l.lower(params); use.Type != nil {
		if m.Params = use.Type; use.Type.Kind != ir.Struct || use.Nullable {
			l.add(params, diag.KeywordUnsupported, "params are an object with known members")
		}
	}
	if result := defs.Get("result"); result != nil {
		m.Result = l.lower(result)
		m.ResultDoc = l.text(result, "description")
	} else {
		l.add(n, diag.KeywordMissing, "$defs lacks result: the payload of a successful answer")
	}
	m.Accepted = l.objectPart(defs, "accepted")
	m.Failure = l.objectPart(defs, "failure")
}

// objectPart lowers a part of a method that it may leave out.
func (l *lowerer) objectPart(defs *source.Node, def string) *ir.Type {
	part := defs.Get(def)
	if part == nil {
		return nil
	}
	use := l.lower(part)
	if use.Type != nil && (use.Type.Kind != ir.Struct || use.Nullable) {
		l.add(part, diag.KeywordUnsupported, "%s is an object with known members", def)
	}
	return use.Type
}

func (l *lowerer) aliases(n *source.Node) []ir.Alias {
	var out []ir.Alias
	for _, it := range l.items(n, "x-aliases") {
		if !l.want(it, source.Object, "an alias") {
			continue
		}
		l.only(it, "an alias", "name", "dialect", "deprecated", "until")
		a := ir.Alias{Name: l.text(it, "name"), Deprecated: l.flag(it, "deprecated"), Until: l.integer(it, "until", 1)}
		if !wireName.MatchString(a.Name) {
			l.add(it, diag.MethodNameFormat, "alias %q is not well formed", a.Name)
		}
		if a.Dialect = l.p.Canonical(); it.Has("dialect") {
			a.Dialect = l.dialect(it.Get("dialect"), l.text(it, "dialect"))
		}
		if a.Deprecated && a.Until == 0 {
			l.add(it, diag.KeywordMissing, "a deprecated alias says until which version it is kept")
		}
		if a.Until != 0 && a.Until <= l.p.Version {
			l.add(it, diag.AliasExpired, "alias %q was kept until version %d, and this is version %d: remove it", a.Name, a.Until, l.p.Version)
		}
		if a.Dialect != nil {
			out = append(out, a)
		}
	}
	return out
}

func (l *lowerer) idempotency(n *source.Node, m *ir.Method) ir.Idempotency {
	v := n.Get("x-idempotency")
	switch {
	case v == nil && m.Effect == ir.EffectRead:
		return ir.Idempotency{Kind: ir.IdempotencyNatural}
	case v == nil:
		l.add(n, diag.MethodIdempotencyStated, "x-idempotency is missing: say what a repeated call does ({\"key\": \"…\"}, \"natural\", \"hash\" or \"none\")")
		return ir.Idempotency{Kind: ir.IdempotencyNone}
	case v.Kind == source.Object:
		l.only(v, "x-idempotency", "key")
		key := l.text(v, "key")
		if m.Params != nil {
			if f := m.Params.Field(key); f == nil || f.Use.Type == nil || f.Use.Type.Kind != ir.String {
				l.add(v, diag.ManifestUndeclared, "x-idempotency names %q, which is no string among the params", key)
			}
		}
		return ir.Idempotency{Kind: ir.IdempotencyKey, Key: key}
	}
	return ir.Idempotency{Kind: ir.IdempotencyKind(l.oneOf(n, "x-idempotency", "natural", "hash", "none"))}
}

func (l *lowerer) wait(n *source.Node, m *ir.Method) ir.Wait {
	v := n.Get("x-wait")
	switch {
	case v == nil:
		return ir.Wait{}
	case v.Kind == source.String:
		if m.Params != nil && m.Params.Field(v.Text) == nil {
			l.add(v, diag.ManifestUndeclared, "x-wait names %q, which is not among the params", v.Text)
		}
		return ir.Wait{Blocks: true, Member: v.Text}
	case v.Kind != source.Bool || !v.Bool:
		l.add(v, diag.KeywordValue, "x-wait is %s: expected true, or the params member that bounds the wait", v.Raw())
	}
	return ir.Wait{Blocks: true}
}

func (l *lowerer) dialects(n *source.Node, keyword string) []*ir.Dialect {
	var out []*ir.Dialect
	for _, it := range l.items(n, keyword) {
		if l.want(it, source.String, keyword) {
			if d := l.dialect(it, it.Text); d != nil {
				out = append(out, d)
			}
		}
	}
	return out
}

func (l *lowerer) methodErrors(n *source.Node, m *ir.Method) {
	for _, it := range l.items(n, "x-errors") {
		if !l.want(it, source.Object, "an error") {
			continue
		}
		l.only(it, "an error", "code", "message", "when", "details")
		e := ir.MethodError{Message: l.text(it, "message"), When: l.text(it, "when")}
		code := l.text(it, "code")
		if e.Code = l.p.ErrorCode(code); e.Code == nil {
			l.add(it, diag.ManifestUndeclared, "error code %q is not declared in %s", code, dialect.ManifestFile)
			continue
		}
		if d := it.Get("details"); d != nil {
			use := l.lower(d)
			e.Details = &use
		}
		m.Errors = append(m.Errors, e)
	}
}

// nameMethodEvents resolves x-emits once all events are known.
func (l *lowerer) nameMethodEvents() {
	for _, e := range l.emits {
		for _, it := range l.listed(e.node, "x-emits") {
			if event := l.p.Event(it.Text); event != nil {
				e.method.Emits = append(e.method.Emits, event)
				continue
			}
			l.add(it, diag.ManifestUndeclared, "event %q is not declared under events/", it.Text)
		}
	}
}

// wireNames reports names on the wire that two methods or events share.
func (l *lowerer) wireNames() {
	seen := map[string]diag.Pos{}
	check := func(name string, pos diag.Pos, what string) {
		key := what + " " + name
		if first, taken := seen[key]; taken {
			d := l.list.Add(pos, diag.DuplicateWireName, "%s %q is declared twice", what, name)
			d.Related = append(d.Related, diag.Related{Pos: first, Message: "the other one"})
			return
		}
		seen[key] = pos
	}
	for _, m := range l.p.Methods {
		check(m.Wire, m.Pos, "method")
	}
	for _, m := range l.p.Methods {
		for _, a := range m.Aliases {
			check(a.Name, m.Pos, "method")
		}
	}
	for _, e := range l.p.Events {
		check(e.Wire, e.Pos, "event")
		for _, f := range e.Forms {
			if f.Name != e.Wire {
				check(f.Name, e.Pos, "event")
			}
		}
	}
}
