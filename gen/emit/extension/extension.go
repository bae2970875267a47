// Package extension writes what a protocol says and other description formats
// have no place for, as the x- members that these formats allow: who may use
// what, what a repeated call does, how events are delivered. The keys are those
// of the schema folder.
package extension

import (
	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/emit/draft07"
	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// Header marks a file as generated, where the format allows no $comment.
func Header(o *jsondoc.Object) { o.Put("x-comment", emit.Header) }

// Protocol writes the manifest: roles, scopes, errors, dialects and limits.
func Protocol(o *jsondoc.Object, p *ir.Protocol) {
	o.Put("x-protocol", (&jsondoc.Object{}).Put("name", p.Name).Put("version", p.Version).Put("minVersion", p.MinVersion).Put("hash", p.Hash))
	roles, scopes, errors, dialects := &jsondoc.Object{}, &jsondoc.Object{}, &jsondoc.Object{}, &jsondoc.Object{}
	for _, r := range p.Roles {
		roles.Put(r.Name, described(r.Doc).Put("scoped", r.Scoped))
	}
	for _, s := range p.Scopes {
		scope := described(s.Doc).Put("role", s.Role.Name)
		if len(s.Implies) > 0 {
			scope.Put("implies", names(s.Implies, func(s *ir.Scope) string { return s.Name }))
		}
		scopes.Put(s.Name, scope)
	}
	for _, e := range p.Errors {
		errors.Put(e.Name, described(e.Doc).Put("retryable", e.Retryable))
	}
	for _, d := range p.Dialects {
		dialects.Put(d.Name, described(d.Doc))
	}
	o.Put("x-roles", roles).Put("x-scopes", scopes).Put("x-errors", errors).Put("x-dialects", dialects)
	o.Put("x-limits", (&jsondoc.Object{}).Put("maxPayloadBytes", p.Limits.MaxPayloadBytes).Put("maxDepth", p.Limits.MaxDepth))
}

func described(doc string) *jsondoc.Object {
	o := &jsondoc.Object{}
	if doc != "" {
		o.Put("description", doc)
	}
	return o
}

func names[T any](list []T, of func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = of(x)
	}
	return out
}

// Access writes who may call a method or receive an event.
func Access(o *jsondoc.Object, a ir.Access) {
	o.Put("x-role", names(a.Roles, func(r *ir.Role) string { return r.Name }))
	scope := "none"
	if a.Scope != nil {
		scope = a.Scope.Name
	}
	o.Put("x-scope", scope)
}

// Method writes what else there is to know of a call.
func Method(o *jsondoc.Object, m *ir.Method, w draft07.Writer) {
	Access(o, m.Access)
	meta(o, m.Meta)
	o.Put("x-effect", string(m.Effect))
	if m.Idempotency.Kind == ir.IdempotencyKey {
		o.Put("x-idempotency", (&jsondoc.Object{}).Put("key", m.Idempotency.Key))
	} else {
		o.Put("x-idempotency", string(m.Idempotency.Kind))
	}
	if m.Wait.Member != "" {
		o.Put("x-wait", m.Wait.Member)
	} else if m.Wait.Blocks {
		o.Put("x-wait", true)
	}
	if len(m.Emits) > 0 {
		o.Put("x-emits", names(m.Emits, func(e *ir.Event) string { return e.Wire }))
	}
	if m.NotOffered != "" {
		o.Put("x-not-offered", m.NotOffered)
	}
	aliases(o, m)
	var errors []any
	for _, e := range m.Errors {
		one := (&jsondoc.Object{}).Put("code", e.Code.Name).Put("message", e.Message)
		if e.When != "" {
			one.Put("when", e.When)
		}
		if e.Details != nil {
			one.Put("details", w.Use(*e.Details))
		}
		errors = append(errors, one)
	}
	if len(errors) > 0 {
		o.Put("x-errors", errors)
	}
}

func aliases(o *jsondoc.Object, m *ir.Method) {
	var list []any
	for _, a := range m.Aliases {
		one := (&jsondoc.Object{}).Put("name", a.Name).Put("dialect", a.Dialect.Name)
		if a.Deprecated {
			one.Put("deprecated", true).Put("until", a.Until)
		}
		list = append(list, one)
	}
	if len(list) > 0 {
		o.Put("x-aliases", list)
	}
}

// Event writes what else there is to know of an event.
func Event(o *jsondoc.Object, e *ir.Event, w draft07.Writer) {
	Access(o, e.Access)
	meta(o, e.Meta)
	if d := e.Delivery; d.By == "" {
		o.Put("x-delivery", string(d.Default))
	} else {
		by := (&jsondoc.Object{}).Put("by", d.By)
		for _, c := range d.Cases {
			by.Put(c.Value, string(c.Delivery))
		}
		o.Put("x-delivery", by.Put("else", string(d.Default)))
	}
	if len(e.Delivery.LatestKey) > 0 {
		o.Put("x-latest-key", e.Delivery.LatestKey)
	}
	var audience []string
	if e.Broadcast {
		audience = append(audience, "broadcast")
	}
	if e.Peer {
		audience = append(audience, "peer")
	}
	o.Put("x-audience", audience)
	if e.StateVersion != "" {
		o.Put("x-state-version", e.StateVersion)
	}
	forms := &jsondoc.Object{}
	for _, f := range e.Forms {
		form := (&jsondoc.Object{}).Put("name", f.Name)
		if f.Payload != nil {
			form.Put("payload", w.Use(ir.Use{Type: f.Payload}))
		}
		forms.Put(f.Dialect.Name, form)
	}
	if !forms.Empty() {
		o.Put("x-dialects", forms)
	}
}

func meta(o *jsondoc.Object, m ir.Meta) {
	if m.Since > 0 {
		o.Put("x-since", m.Since)
	}
	if m.Deprecated != nil {
		d := &jsondoc.Object{}
		if m.Deprecated.Since > 0 {
			d.Put("since", m.Deprecated.Since)
		}
		if m.Deprecated.Use != "" {
			d.Put("use", m.Deprecated.Use)
		}
		o.Put("x-deprecated", d)
	}
}
