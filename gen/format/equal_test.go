package format

import (
	"fmt"

	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/source"
)

// The properties that formatting must keep, told apart by what stands where.
// This repeats nothing of the tables in form.go: it says what may move, not
// where to.

// same reports how two files differ in what they say; "" when they don't.
func same(a, b *source.File) string {
	if a.Path == dialect.ManifestFile {
		return unordered(a.Root, b.Root)
	}
	return sameSchema(a.Root, b.Root)
}

// sameSchema lets the keywords of a schema move, and what has a fixed order of
// its own, but neither names, nor lists, nor anything in instance data.
func sameSchema(a, b *source.Node) string {
	return byName(a, b, func(key string, x, y *source.Node) string {
		switch dialect.Of(key) {
		case dialect.Schema:
			return sameSchema(x, y)
		case dialect.Schemas:
			return inOrder(x, y, sameSchema)
		case dialect.Named:
			if key == "$defs" { // the parts of a method's exchange come first
				return byName(x, y, func(_ string, x, y *source.Node) string { return sameSchema(x, y) })
			}
			return inOrder(x, y, sameSchema)
		case dialect.Forms, dialect.Errors:
			return unordered(x, y)
		}
		if key == "x-aliases" || key == "x-deprecated" {
			return unordered(x, y)
		}
		return identical(x, y)
	})
}

// identical allows nothing to move.
func identical(a, b *source.Node) string { return inOrder(a, b, identical) }

// unordered allows members to move, at any depth.
func unordered(a, b *source.Node) string {
	return byName(a, b, func(_ string, x, y *source.Node) string { return unordered(x, y) })
}

func byName(a, b *source.Node, value func(key string, x, y *source.Node) string) string {
	if a.Kind != source.Object || b.Kind != source.Object {
		return inOrder(a, b, func(x, y *source.Node) string { return byName(x, y, value) })
	}
	if len(a.Members) != len(b.Members) {
		return a.Pointer() + ": another number of members"
	}
	for _, m := range a.Members {
		other := b.Get(m.Key)
		if other == nil {
			return fmt.Sprintf("%s: %q is gone", a.Pointer(), m.Key)
		}
		if diff := value(m.Key, m.Value, other); diff != "" {
			return diff
		}
	}
	return ""
}

func inOrder(a, b *source.Node, value func(x, y *source.Node) string) string {
	switch {
	case a.Kind != b.Kind:
		return fmt.Sprintf("%s: %s became %s", a.Pointer(), a.Kind, b.Kind)
	case len(a.Members) != len(b.Members) || len(a.Items) != len(b.Items):
		return a.Pointer() + ": another number of parts"
	case a.Text != b.Text || a.Bool != b.Bool: // Text is also the literal of a number
		return fmt.Sprintf("%s: %s became %s", a.Pointer(), a.Raw(), b.Raw())
	}
	for i := range a.Members {
		if a.Members[i].Key != b.Members[i].Key {
			return fmt.Sprintf("%s: %q stands where %q stood", a.Pointer(), b.Members[i].Key, a.Members[i].Key)
		}
		if diff := value(a.Members[i].Value, b.Members[i].Value); diff != "" {
			return diff
		}
	}
	for i := range a.Items {
		if diff := value(a.Items[i], b.Items[i]); diff != "" {
			return diff
		}
	}
	return ""
}
