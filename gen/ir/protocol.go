// Package ir is the model that every emitter works from: the protocol with
// all references resolved, all names planned and nothing in it that belongs
// to one target language. It can be written as JSON (gatesmith ir --json).
package ir

import (
	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/name"
)

// Protocol is a whole schema folder.
type Protocol struct {
	Name, Title, Doc    string
	Version, MinVersion int
	Hash                string // SHA-256 over all schema files, hex
	Dialects            []*Dialect
	Roles               []*Role
	Scopes              []*Scope
	Errors              []*ErrorCode
	Groups              []*Group
	Types               []*Type // every named type, in file order
	Frames              []*Frame
	Methods             []*Method // by group, then by name
	Events              []*Event  // by name
	Configs             []*Type   // the roots under config/
	Samples             []Sample  // examples of schemas, wherever they stand
	UnknownMethod       Access
	Refused             *ErrorCode // what malformed requests are answered with
	Unavailable         *ErrorCode // what is answered for methods not offered, and for failures within
	Limits              Limits
	Initialisms         []string
}

// Dialect is one way of speaking the protocol. The first one declared is the
// canonical one.
type Dialect struct {
	Name, Doc string
}

// Role is what a connection is. Scoped roles are further limited by scopes.
type Role struct {
	Name, Doc string
	Scoped    bool
}

// Scope is a right of a scoped role. Implies is closed: it lists everything
// that holding the scope grants besides itself.
type Scope struct {
	Name, Doc string
	Role      *Role
	Implies   []*Scope
	All       bool // declared to imply everything
}

// ErrorCode is a code of the protocol's error shape.
type ErrorCode struct {
	Name, Doc string
	Retryable bool
}

// Group is a chapter of the protocol, with the methods that belong to it.
type Group struct {
	Name, Title, Doc string
	Methods          []*Method
}

// Limits are bounds that every peer keeps.
type Limits struct {
	MaxPayloadBytes, MaxDepth int
}

// Access says who may use a method or receive an event. A nil Scope means
// that the role alone decides.
type Access struct {
	Roles []*Role
	Scope *Scope
}

// Meta is what every declared thing has.
type Meta struct {
	Name       name.Name
	Pos        diag.Pos
	Location   string // path#pointer in the schema folder
	Doc        string
	Since      int
	Deprecated *Deprecation
	Secret     bool
}

// Deprecation tells when a thing went out of use and what replaces it.
type Deprecation struct {
	Since int
	Use   string
}

// FrameKind is the part a frame plays.
type FrameKind string

// The frames that a protocol can declare.
const (
	FrameRequest  FrameKind = "request"
	FrameResponse FrameKind = "response"
	FrameEvent    FrameKind = "event"
	FrameUnion    FrameKind = "union"
	FrameConnect  FrameKind = "connect"
	FrameHello    FrameKind = "hello"
	FrameError    FrameKind = "error"
)

// Frame is an envelope. Members maps parts (id, method, params, payload, …)
// to the member names that play them.
type Frame struct {
	Meta
	Kind    FrameKind
	Type    *Type
	Members []FrameMember
}

// FrameMember names the property that plays a part.
type FrameMember struct{ Part, Wire string }

// Member returns the property name that plays part, or "".
func (f *Frame) Member(part string) string {
	for _, m := range f.Members {
		if m.Part == part {
			return m.Wire
		}
	}
	return ""
}

// Frame returns the frame of that kind, or nil.
func (p *Protocol) Frame(kind FrameKind) *Frame {
	for _, f := range p.Frames {
		if f.Kind == kind {
			return f
		}
	}
	return nil
}

// Effect is what a call does to the server's state.
type Effect string

// The effects.
const (
	EffectRead  Effect = "read"
	EffectWrite Effect = "write"
)

// IdempotencyKind says what a repeated call does.
type IdempotencyKind string

// The kinds: guarded by a key in the params, the same by nature, guarded by
// the hash of what is replaced, or repeated in effect.
const (
	IdempotencyKey     IdempotencyKind = "key"
	IdempotencyNatural IdempotencyKind = "natural"
	IdempotencyHash    IdempotencyKind = "hash"
	IdempotencyNone    IdempotencyKind = "none"
)

// Idempotency is a method's answer to being called twice. Key is the params
// member for IdempotencyKey.
type Idempotency struct {
	Kind IdempotencyKind
	Key  string
}

// Retryable reports whether a client may repeat the call by itself after it
// lost the connection.
func (i Idempotency) Retryable() bool {
	return i.Kind == IdempotencyKey || i.Kind == IdempotencyNatural
}

// Wait marks a call that blocks by design; Member is the params member that
// bounds it, if there is one.
type Wait struct {
	Blocks bool
	Member string
}

// Alias is a second name of a method.
type Alias struct {
	Name       string
	Dialect    *Dialect
	Deprecated bool
	Until      int
}

// MethodError is an error that a method gives. Message is its form, with
// <placeholders>.
type MethodError struct {
	Code          *ErrorCode
	Message, When string
	Details       *Use
}

// Method is a request that a client may make.
type Method struct {
	Meta
	Wire        string
	Group       *Group
	Access      Access
	Aliases     []Alias
	Params      *Type
	Result      Use
	ResultDoc   string     // of the result in this method; its type may have another
	Accepted    *Type      // the early answer, or nil
	Failure     *Type      // the payload beside an error, or nil
	Final       []*Dialect // who gets the final answer after the early one
	Adapt       []*Dialect // whose params are adapted before the handler
	Errors      []MethodError
	Emits       []*Event
	Effect      Effect
	Idempotency Idempotency
	Wait        Wait
	Runtime     bool   // served by the server's runtime, not by a handler
	NotOffered  string // why the reference server does not serve it, or ""
	Examples    []Exchange
}

// Delivery is what happens to an event on its way to a slow receiver.
type Delivery string

// The deliveries.
const (
	DeliverOrdered    Delivery = "ordered"
	DeliverDropIfSlow Delivery = "drop-if-slow"
	DeliverLatest     Delivery = "latest"
)

// DeliveryRule is a delivery, or one chosen by the value of a property.
type DeliveryRule struct {
	Default   Delivery
	By        string         // property, or "" when Default always holds
	Cases     []DeliveryCase // for By
	LatestKey []string       // properties that identify what is superseded
}

// DeliveryCase is the delivery for one value of DeliveryRule.By.
type DeliveryCase struct {
	Value    string
	Delivery Delivery
}

// Form is an event's name and payload in one dialect other than the canonical.
type Form struct {
	Dialect *Dialect
	Name    string
	Payload *Type // nil: the canonical payload
}

// Event is a message that the server pushes.
type Event struct {
	Meta
	Wire         string
	Access       Access
	Payload      *Type
	Forms        []Form
	Published    *Dialect // whose form services publish; nil: canonical
	Delivery     DeliveryRule
	Broadcast    bool
	Peer         bool
	StateVersion string
	Examples     []Exchange
}

// Form returns the event's form in a dialect, or nil when it is canonical
// there.
func (e *Event) Form(d *Dialect) *Form {
	for i := range e.Forms {
		if e.Forms[i].Dialect == d {
			return &e.Forms[i]
		}
	}
	return nil
}

// Exchange is an example: a call with its answers and events, or for an event
// its payload. Values are JSON texts; nil ones are absent.
type Exchange struct {
	Pos      diag.Pos
	Title    string
	Dialect  *Dialect
	Params   []byte
	Accepted []byte
	Result   []byte
	Error    []byte
	Failure  []byte
	Payload  []byte
	Events   []ExchangeEvent
}

// Sample is an example of a type, property or item, at its place.
type Sample struct {
	Location string
	Use      Use
	JSON     []byte
}

// ExchangeEvent is an event that an example call leads to.
type ExchangeEvent struct {
	Event   *Event
	Payload []byte
}

// Role returns the role of that name, or nil.
func (p *Protocol) Role(name string) *Role {
	return find(p.Roles, func(r *Role) bool { return r.Name == name })
}

// Scope returns the scope of that name, or nil.
func (p *Protocol) Scope(name string) *Scope {
	return find(p.Scopes, func(s *Scope) bool { return s.Name == name })
}

// Dialect returns the dialect of that name, or nil.
func (p *Protocol) Dialect(name string) *Dialect {
	return find(p.Dialects, func(d *Dialect) bool { return d.Name == name })
}

// ErrorCode returns the error code of that name, or nil.
func (p *Protocol) ErrorCode(name string) *ErrorCode {
	return find(p.Errors, func(e *ErrorCode) bool { return e.Name == name })
}

// Group returns the group of that name, or nil.
func (p *Protocol) Group(name string) *Group {
	return find(p.Groups, func(g *Group) bool { return g.Name == name })
}

// Event returns the event of that canonical wire name, or nil.
func (p *Protocol) Event(wire string) *Event {
	return find(p.Events, func(e *Event) bool { return e.Wire == wire })
}

// Method returns the method of that canonical wire name, or nil.
func (p *Protocol) Method(wire string) *Method {
	return find(p.Methods, func(m *Method) bool { return m.Wire == wire })
}

func find[T any](list []*T, is func(*T) bool) *T {
	for _, x := range list {
		if is(x) {
			return x
		}
	}
	return nil
}

// RoleNames lists the roles in order.
func (p *Protocol) RoleNames() []string {
	return names(p.Roles, func(r *Role) string { return r.Name })
}

// ScopeNames lists the scopes in order.
func (p *Protocol) ScopeNames() []string {
	return names(p.Scopes, func(s *Scope) string { return s.Name })
}

func names[T any](list []*T, of func(*T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = of(x)
	}
	return out
}

// Canonical is the dialect that names and shapes are declared in.
func (p *Protocol) Canonical() *Dialect { return p.Dialects[0] }
