package lower

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/name"
	"github.com/gatesmith/gatesmith/gen/source"
)

// manifestKeys are the members that a manifest may have.
var manifestKeys = []string{"name", "title", "description", "version", "minVersion", "dialects", "roles", "scopes",
	"unknownMethod", "errors", "runtimeErrors", "groups", "initialisms", "limits"}

// manifest reads the file that declares what the others refer to.
func (l *lowerer) manifest(n *source.Node) {
	if !l.want(n, source.Object, "the manifest") {
		return
	}
	l.only(n, "the manifest", manifestKeys...)
	for _, key := range []string{"name", "version", "roles", "errors", "runtimeErrors", "groups", "limits"} {
		if !n.Has(key) {
			l.add(n, diag.KeywordMissing, "the manifest lacks %q", key)
		}
	}
	p := l.p
	p.Name, p.Title, p.Doc = l.text(n, "name"), l.text(n, "title"), l.text(n, "description")
	p.Version = l.integer(n, "version", 1)
	if p.MinVersion = l.integer(n, "minVersion", 1); p.MinVersion == 0 {
		p.MinVersion = p.Version
	}
	p.Initialisms = l.strings(n, "initialisms")
	l.entries(n, "dialects", func(key string, v *source.Node) {
		l.only(v, "a dialect", "description")
		p.Dialects = append(p.Dialects, &ir.Dialect{Name: key, Doc: l.described(v)})
	})
	if len(p.Dialects) == 0 {
		p.Dialects = []*ir.Dialect{{Name: "canonical"}}
	}
	l.entries(n, "roles", func(key string, v *source.Node) {
		l.only(v, "a role", "description", "scoped")
		l.stated(v, "scoped")
		p.Roles = append(p.Roles, &ir.Role{Name: key, Doc: l.described(v), Scoped: l.flag(v, "scoped")})
	})
	l.scopes(n)
	l.entries(n, "errors", func(key string, v *source.Node) {
		l.only(v, "an error code", "description", "retryable")
		l.stated(v, "retryable")
		p.Errors = append(p.Errors, &ir.ErrorCode{Name: key, Doc: l.described(v), Retryable: l.flag(v, "retryable")})
	})
	l.runtimeErrors(n)
	for _, g := range l.items(n, "groups") {
		if l.want(g, source.Object, "a group") {
			l.only(g, "a group", "name", "title", "description")
			p.Groups = append(p.Groups, &ir.Group{Name: l.text(g, "name"), Title: l.text(g, "title"), Doc: l.described(g)})
		}
	}
	p.Limits = ir.Limits{MaxPayloadBytes: 1 << 20, MaxDepth: 64}
	if limits := n.Get("limits"); limits != nil && l.want(limits, source.Object, "limits") {
		l.only(limits, "limits", "maxPayloadBytes", "maxDepth")
		p.Limits = ir.Limits{MaxPayloadBytes: l.bound(limits, "maxPayloadBytes"), MaxDepth: l.bound(limits, "maxDepth")}
	}
	l.words(n)
	if u := n.Get("unknownMethod"); u != nil && l.want(u, source.Object, "unknownMethod") {
		l.only(u, "unknownMethod", "x-role", "x-scope")
		p.UnknownMethod = l.access(u)
	} else {
		p.UnknownMethod.Roles = p.Roles
	}
}

// bound reads a limit, which a manifest always states: what a server takes is
// no place for a default that changes with the generator.
func (l *lowerer) bound(n *source.Node, key string) int {
	if !n.Has(key) {
		l.add(n, diag.KeywordMissing, "limits lacks %q", key)
	}
	return l.integer(n, key, 1)
}

// grantBits is how many roles and scopes a set of them can hold.
const grantBits = 64

// words checks that the words of the manifest can all be named, and told
// apart, in code.
func (l *lowerer) words(n *source.Node) {
	for _, keyword := range []string{"dialects", "roles", "scopes", "errors", "groups"} {
		seen := map[string]diag.Pos{}
		check := func(word string, pos diag.Pos) {
			made := name.Split(word)
			if made.Empty() || !isLetter(made.Words()[0][0]) {
				l.list.Add(pos, diag.NameFormat, "%q gives no name: expected letters and digits, beginning with a letter", word)
			}
			l.collide(seen, made, pos, inManifest+keyword)
		}
		v := n.Get(keyword)
		if v == nil {
			continue
		}
		for _, m := range v.Members {
			check(m.Key, n.File.Pos(m.Off))
		}
		for _, it := range v.Items {
			if it.Kind == source.Object {
				check(it.Str("name"), it.Pos())
			}
		}
	}
	if scopes := n.Get("scopes"); scopes.Has("none") {
		l.addKey(scopes, "none", diag.KeywordValue, "a scope may not be called \"none\": x-scope says so where no scope is needed")
	}
	if count := len(l.p.Roles) + len(l.p.Scopes); count > grantBits {
		l.addKey(n, "scopes", diag.KeywordValue, "there are %d roles and scopes: expected at most %d", count, grantBits)
	}
}

// runtimeErrors reads which codes the runtime itself answers with.
func (l *lowerer) runtimeErrors(n *source.Node) {
	v := n.Get("runtimeErrors")
	if v == nil || !l.want(v, source.Object, "runtimeErrors") {
		return
	}
	l.only(v, "runtimeErrors", "refused", "unavailable")
	code := func(use string) *ir.ErrorCode {
		word := l.text(v, use)
		found := l.p.ErrorCode(word)
		if found == nil {
			l.add(v, diag.ManifestUndeclared, "runtimeErrors.%s is %q, which is not declared under errors", use, word)
		}
		return found
	}
	l.p.Refused, l.p.Unavailable = code("refused"), code("unavailable")
}

// stated reports a flag that is left out although it decides something: access
// of a whole role, or what clients do after an error.
func (l *lowerer) stated(n *source.Node, key string) {
	if !n.Has(key) {
		l.add(n, diag.KeywordMissing, "%q says nothing of %q: expected true or false", n.Key(), key)
	}
}

func (l *lowerer) described(n *source.Node) string {
	if !n.Has("description") {
		l.add(n, diag.DocRequired, "%q has no description", n.Key())
	}
	return l.text(n, "description")
}

func (l *lowerer) entries(n *source.Node, keyword string, f func(string, *source.Node)) {
	v := n.Get(keyword)
	if v == nil || !l.want(v, source.Object, keyword) {
		return
	}
	for _, m := range v.Members {
		if l.want(m.Value, source.Object, keyword+"/"+m.Key) {
			f(m.Key, m.Value)
		}
	}
}

// scopes reads the scopes and closes what they imply.
func (l *lowerer) scopes(n *source.Node) {
	l.entries(n, "scopes", func(key string, v *source.Node) {
		l.only(v, "a scope", "description", "role", "implies")
		s := &ir.Scope{Name: key, Doc: l.described(v), Role: l.role(v.Get("role"), v)}
		if s.Role != nil && !s.Role.Scoped {
			l.add(v, diag.ManifestUndeclared, "scope %q belongs to role %q, which is not scoped", key, s.Role.Name)
		}
		l.p.Scopes = append(l.p.Scopes, s)
	})
	l.entries(n, "scopes", func(key string, v *source.Node) {
		s := l.p.Scope(key)
		for _, it := range l.listed(v, "implies") {
			implied := it.Text
			if implied == "*" {
				s.All = true
				continue
			}
			if other := l.p.Scope(implied); other != nil {
				if other.Role != nil && s.Role != nil && other.Role != s.Role {
					l.add(it, diag.KeywordValue, "scope %q of role %q implies scope %q of role %q: nobody holds both", key, s.Role.Name, implied, other.Role.Name)
				}
				s.Implies = append(s.Implies, other)
				continue
			}
			l.add(it, diag.ManifestUndeclared, "scope %q is not declared: expected one of %s, or \"*\"", implied, quoteList(l.p.ScopeNames()))
		}
	})
	for _, s := range l.p.Scopes {
		s.Implies = closure(l.p, s)
	}
}

// closure lists every scope that s grants besides itself.
func closure(p *ir.Protocol, s *ir.Scope) []*ir.Scope {
	var out []*ir.Scope
	var visit func(*ir.Scope)
	visit = func(x *ir.Scope) {
		next := x.Implies
		if x.All {
			next = p.Scopes
		}
		for _, o := range next {
			if o != s && o.Role == s.Role && !slices.Contains(out, o) {
				out = append(out, o)
				visit(o)
			}
		}
	}
	visit(s)
	return out
}

// role resolves a role's name.
func (l *lowerer) role(v, owner *source.Node) *ir.Role {
	if v == nil {
		l.add(owner, diag.KeywordMissing, "a scope names the role that it belongs to")
		return nil
	}
	if !l.want(v, source.String, "role") {
		return nil
	}
	if r := l.p.Role(v.Text); r != nil {
		return r
	}
	l.add(v, diag.ManifestUndeclared, "role %q is not declared in %s: expected one of %s", v.Text, dialect.ManifestFile, quoteList(l.p.RoleNames()))
	return nil
}

// access reads x-role and x-scope, which deny by default: both must be there.
func (l *lowerer) access(n *source.Node) ir.Access {
	var a ir.Access
	if !n.Has("x-role") {
		l.add(n, diag.MethodAccessRequired, "x-role is missing: list the roles that may use this (%s)", quoteList(l.p.RoleNames()))
	}
	for _, it := range l.items(n, "x-role") {
		if r := l.role(it, n); r != nil {
			if slices.Contains(a.Roles, r) {
				l.add(it, diag.KeywordValue, "x-role lists %q twice", it.Text)
				continue
			}
			a.Roles = append(a.Roles, r)
		}
	}
	if n.Has("x-role") && len(l.items(n, "x-role")) == 0 {
		l.add(n.Get("x-role"), diag.MethodAccessRequired, "x-role lists no role")
	}
	switch scope := n.Get("x-scope"); {
	case scope == nil:
		l.add(n, diag.MethodAccessRequired, "x-scope is missing: name the scope that is needed, or \"none\"")
	case !l.want(scope, source.String, "x-scope") || scope.Text == "none":
	default:
		a.Scope = l.p.Scope(scope.Text)
		if a.Scope != nil && a.Scope.Role != nil && len(a.Roles) > 0 && !slices.Contains(a.Roles, a.Scope.Role) {
			l.add(scope, diag.MethodAccessRequired, "scope %q belongs to role %q, which x-role does not list: nobody could use it by that scope", scope.Text, a.Scope.Role.Name)
		}
		if a.Scope == nil {
			l.add(scope, diag.ManifestUndeclared, "scope %q is not declared in %s: expected one of %s, or \"none\"", scope.Text, dialect.ManifestFile, quoteList(l.p.ScopeNames()))
		}
	}
	return a
}

// dialect resolves a dialect's name.
func (l *lowerer) dialect(v *source.Node, name string) *ir.Dialect {
	if d := l.p.Dialect(name); d != nil {
		return d
	}
	var names []string
	for _, d := range l.p.Dialects {
		names = append(names, d.Name)
	}
	l.add(v, diag.ManifestUndeclared, "dialect %q is not declared in %s: expected one of %s", name, dialect.ManifestFile, quoteList(names))
	return nil
}
