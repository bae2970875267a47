package breaking

import "github.com/gatesmith/gatesmith/gen/ir"

func roleNoDelete(r *reporter) {
	for _, o := range r.old.Protocol.Roles {
		if r.new.Protocol.Role(o.Name) == nil {
			r.report(manifest("", "roles"), entry("roles", o.Name), "role %s is gone: who connects as one is refused", o.Name)
		}
	}
}

func roleScopedSame(r *reporter) {
	for _, o := range r.old.Protocol.Roles {
		if n := r.new.Protocol.Role(o.Name); n != nil && n.Scoped != o.Scoped {
			now := "is not limited by scopes any more"
			if n.Scoped {
				now = "is limited by scopes now"
			}
			r.report(entry("roles", o.Name), entry("roles", o.Name), "role %s %s", o.Name, now)
		}
	}
}

func scopeNoDelete(r *reporter) {
	for _, o := range r.old.Protocol.Scopes {
		if r.new.Protocol.Scope(o.Name) == nil {
			r.report(manifest("", "scopes"), entry("scopes", o.Name), "scope %s is gone: tokens that have it lose what it gave", o.Name)
		}
	}
}

func scopeImpliesSame(r *reporter) {
	for _, o := range r.old.Protocol.Scopes {
		n := r.new.Protocol.Scope(o.Name)
		switch {
		case n == nil:
		case n.Role.Name != o.Role.Name:
			r.report(entry("scopes", o.Name), entry("scopes", o.Name), "scope %s belongs to role %s, and belonged to %s", o.Name, n.Role.Name, o.Role.Name)
		default:
			r.implied(o, n)
		}
	}
}

// implied compares what two scopes imply. Scopes that only one version has are
// left out: they are findings, or news, themselves.
func (r *reporter) implied(o, n *ir.Scope) {
	to, from := spot{entry("scopes", o.Name).location, []string{"implies"}}, entry("scopes", o.Name)
	for _, other := range r.new.Protocol.Scopes {
		if r.old.Protocol.Scope(other.Name) == nil {
			continue
		}
		before, now := has(o, other.Name), has(n, other.Name)
		switch {
		case now && !before:
			r.report(to, from, "scope %s implies %s now: who holds it gains that", o.Name, other.Name)
		case before && !now:
			r.report(to, from, "scope %s does not imply %s any more: who holds it loses that", o.Name, other.Name)
		}
	}
}

func has(s *ir.Scope, name string) bool {
	for _, i := range s.Implies {
		if i.Name == name {
			return true
		}
	}
	return false
}

func unknownMethodAccessSame(r *reporter) {
	o, n := spellAccess(r.old.Protocol.UnknownMethod), spellAccess(r.new.Protocol.UnknownMethod)
	if o != n {
		r.report(manifest("", "unknownMethod"), manifest("", "unknownMethod"), "calling an unknown method takes %s, and took %s", n, o)
	}
}

func errorNoDelete(r *reporter) {
	for _, o := range r.old.Protocol.Errors {
		if r.new.Protocol.ErrorCode(o.Name) == nil {
			r.report(manifest("", "errors"), entry("errors", o.Name), "error %s is gone: clients tell errors apart by their codes", o.Name)
		}
	}
}

func errorRetryableSame(r *reporter) {
	for _, o := range r.old.Protocol.Errors {
		if n := r.new.Protocol.ErrorCode(o.Name); n != nil && n.Retryable != o.Retryable {
			now := "was worth another try, and is not any more"
			if n.Retryable {
				now = "was final, and is worth another try now"
			}
			r.report(entry("errors", o.Name), entry("errors", o.Name), "error %s %s", o.Name, now)
		}
	}
}

func runtimeErrorsSame(r *reporter) {
	one := func(key, what string, o, n *ir.ErrorCode) {
		if o != nil && n != nil && o.Name != n.Name {
			to := spot{manifest("/runtimeErrors").location, []string{key}}
			r.report(to, to, "%s calls are answered with %s, and were with %s", what, n.Name, o.Name)
		}
	}
	one("refused", "refused", r.old.Protocol.Refused, r.new.Protocol.Refused)
	one("unavailable", "unavailable", r.old.Protocol.Unavailable, r.new.Protocol.Unavailable)
}

func dialectNoDelete(r *reporter) {
	for _, o := range r.old.Protocol.Dialects {
		if r.new.Protocol.Dialect(o.Name) == nil {
			r.report(manifest("", "dialects"), entry("dialects", o.Name), "dialect %s is gone: its clients are not understood", o.Name)
		}
	}
	o, n := r.old.Protocol.Canonical(), r.new.Protocol.Canonical()
	if o.Name != n.Name && r.new.Protocol.Dialect(o.Name) != nil {
		r.report(manifest("", "dialects"), entry("dialects", o.Name), "dialect %s is canonical, and %s was: names and payloads without a form of their own change for both", n.Name, o.Name)
	}
}

func limitNoTighten(r *reporter) {
	one := func(key, what string, o, n int) {
		if n < o {
			r.report(manifest("/limits", key), manifest("/limits", key), "%s is %d, and was %d: messages that were fine are refused", what, n, o)
		}
	}
	one("maxPayloadBytes", "the size of a message", r.old.Protocol.Limits.MaxPayloadBytes, r.new.Protocol.Limits.MaxPayloadBytes)
	one("maxDepth", "the nesting of a message", r.old.Protocol.Limits.MaxDepth, r.new.Protocol.Limits.MaxDepth)
}

func minVersionNoRaise(r *reporter) {
	if o, n := r.old.Protocol.MinVersion, r.new.Protocol.MinVersion; n > o {
		r.report(manifest("", "minVersion"), manifest("", "minVersion"), "clients below version %d are refused, and those of version %d were served", n, o)
	}
}

func versionNoLower(r *reporter) {
	if o, n := r.old.Protocol.Version, r.new.Protocol.Version; n < o {
		r.report(manifest("", "version"), manifest("", "version"), "the protocol is at version %d, and was at %d", n, o)
	}
}

func versionBumpRequired(r *reporter) {
	breaks := r.done.Count(Wire) + r.done.Count(Security)
	if breaks == 0 || r.done.Bumped() {
		return
	}
	what := "a change that clients have to follow"
	if breaks > 1 {
		what = itoa(breaks) + " changes that clients have to follow"
	}
	r.report(manifest("", "version"), spot{}, "%s, and the protocol stays at version %d: undo them, or announce them with version %d", what, r.new.Protocol.Version, r.old.Protocol.Version+1)
}
