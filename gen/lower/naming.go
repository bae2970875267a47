package lower

import (
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
	"github.com/gatesmith/gatesmith/gen/source"
)

// methodParts are the entries of a method's $defs that have a meaning, with
// what their types are called after the method.
var methodParts = []struct{ def, suffix string }{
	{"params", "params"}, {"result", "result"}, {"accepted", "accepted"}, {"failure", "failure"},
}

// nameType names a type by its place: by title, else by what it is in its
// file. Scalars, arrays and maps have a name only where they are declared.
func (l *lowerer) nameType(n *source.Node, t *ir.Type) {
	declared := l.roots[n]
	switch t.Kind {
	case ir.Struct, ir.Enum, ir.Union:
	default:
		if !declared || l.roleOf(n) == roleDef && l.isMethodPart(n) {
			return
		}
	}
	l.checkName(n)
	t.Name = l.placeName(n)
	if t.Name.Empty() && l.roleOf(n) != roleEvent { // an event file says so itself
		l.add(n, diag.KeywordMissing, "this type has no name: give it a title, such as SessionKey")
	}
}

// checkName reports a title or pin of a type that gives no name.
func (l *lowerer) checkName(n *source.Node) {
	if l.roleOf(n) == roleInline && l.isProperty(n) && !n.Has("title") {
		return // x-name pins the property
	}
	if n.Has("title") || n.Has("x-name") {
		l.title(n)
	}
}

func (l *lowerer) isMethodPart(n *source.Node) bool {
	if l.roleOf(n.File.Root) != roleMethod {
		return false
	}
	return slices.ContainsFunc(methodParts, func(p struct{ def, suffix string }) bool { return p.def == n.Key() })
}

// placeName is the name that belongs to a schema's place.
func (l *lowerer) placeName(n *source.Node) name.Name {
	parent := n.Parent()
	switch l.roleOf(n) {
	case roleDef:
		own := l.ownTitle(n)
		if l.isMethodPart(n) && !n.Has("x-name") || own.Empty() {
			return l.fileName(n.File).Append(name.Split(n.Key()))
		}
		return own
	case roleInline:
		if own := l.ownTitle(n); !own.Empty() {
			return own
		}
		return l.inlineName(n, parent)
	}
	return l.fileName(n.File)
}

// ownTitle is a schema's pin or title as a name. On properties x-name pins the
// field, so there only the title names the type.
func (l *lowerer) ownTitle(n *source.Node) name.Name {
	if pin := n.Str("x-name"); pin != "" && !l.isProperty(n) {
		return name.Split(pin)
	}
	return name.Split(n.Str("title"))
}

// inlineName names a schema after the one it stands in.
func (l *lowerer) inlineName(n, parent *source.Node) name.Name {
	switch {
	case l.isProperty(n):
		return l.placeName(parent.Parent()).Append(name.Split(n.Key()))
	case n.Key() == "items":
		return l.placeName(parent).Append(name.Split("item"))
	case n.Key() == "additionalProperties":
		return l.placeName(parent).Append(name.Split("value"))
	case parent.Kind == source.Array: // a branch of oneOf or anyOf
		owner := l.placeName(parent.Parent())
		if parent.Key() == "oneOf" {
			return owner.Append(name.Split(n.Str("type")))
		}
		return owner
	}
	return l.placeName(parent).Append(name.Split(n.Key()))
}

// fileName is the name of what a file declares.
func (l *lowerer) fileName(f *source.File) name.Name {
	made := name.Split(f.Root.Str("title"))
	if x := f.Root.Str("x-name"); x != "" {
		made = name.Split(x)
	}
	if l.roleOf(f.Root) == roleEvent {
		made = l.eventName(f.Root, made)
	}
	return made
}

// eventName appends "event" where a method has the same wire name, unless the
// title says it already.
func (l *lowerer) eventName(root *source.Node, made name.Name) name.Name {
	wire := root.Str("x-event")
	words := made.Words()
	if len(words) > 0 && words[len(words)-1] == "event" {
		return made
	}
	for _, f := range l.methods {
		if f.Root.Str("x-method") == wire {
			return made.Append(name.Split("event"))
		}
	}
	return made
}

// collisions reports names that two things share, with both places.
func (l *lowerer) collisions() {
	seen := map[string]diag.Pos{}
	for _, t := range l.p.Types {
		l.collide(seen, t.Name, t.Pos, "types")
		fields := map[string]diag.Pos{}
		for _, f := range t.Fields {
			l.collide(fields, f.Name, f.Pos, "properties")
		}
	}
	methods := map[string]diag.Pos{}
	for _, m := range l.p.Methods {
		l.collide(methods, m.Name, m.Pos, "methods")
	}
}

// inManifest begins the description of words that have no title and no pin.
const inManifest = "entries of "

// collide compares names as they are written with capitals: that joins words
// which other styles keep apart.
func (l *lowerer) collide(seen map[string]diag.Pos, n name.Name, pos diag.Pos, what string) {
	if n.Empty() {
		return
	}
	written, advice := n.Pascal(l.p.Initialisms), "give one of them another title, or pin a name with x-name"
	if strings.HasPrefix(what, inManifest) {
		advice = "rename one of them"
	}
	if first, taken := seen[written]; taken {
		d := l.list.Add(pos, diag.NameCollision, "two %s would be named %s: %s", what, written, advice)
		d.Related = append(d.Related, diag.Related{Pos: first, Message: "the other one"})
		return
	}
	seen[written] = pos
}
