package wire

// Opt is a member that may be absent. Where the schema has a default, an
// absent member leaves Set false and the default in V.
type Opt[T any] struct {
	V   T
	Set bool
}

// Some returns a present member.
func Some[T any](v T) Opt[T] { return Opt[T]{v, true} }

// IsZero reports whether the member is absent; encoding/json's omitzero uses it.
func (o Opt[T]) IsZero() bool { return !o.Set }

// Or returns the value, or other when the member is absent.
func (o Opt[T]) Or(other T) T {
	if o.Set {
		return o.V
	}
	return other
}

// Null is a member that is always there and may be null. The zero value is
// null.
type Null[T any] struct {
	V     T
	Valid bool // V holds a value; otherwise the member is null
}

// Value returns a member that is not null.
func Value[T any](v T) Null[T] { return Null[T]{v, true} }

// OptNull is a member that may be absent and may be null. The zero value is
// absent.
type OptNull[T any] struct {
	V     T
	Set   bool // the member is there: V, or null
	IsNil bool // the member is null
}

// SomeOrNull returns a present member that is not null.
func SomeOrNull[T any](v T) OptNull[T] { return OptNull[T]{V: v, Set: true} }

// ExplicitNull returns a present member that is null.
func ExplicitNull[T any]() OptNull[T] { return OptNull[T]{Set: true, IsNil: true} }

// IsZero reports whether the member is absent; encoding/json's omitzero uses it.
func (o OptNull[T]) IsZero() bool { return !o.Set }

// Get returns the value and whether there is one: the member is present and
// not null.
func (o OptNull[T]) Get() (T, bool) { return o.V, o.Set && !o.IsNil }
