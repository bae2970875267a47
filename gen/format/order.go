package format

import (
	"slices"

	"github.com/gatesmith/gatesmith/gen/source"
)

// The orders of keywords. What is not listed stands at the mark "…", in source
// order; without a mark, at the end.

// identity opens every declaration: what it is, before how it looks.
var identity = []string{
	"$schema", "title", "description", "x-name",
	"x-method", "x-event", "x-frame", "x-direction", "x-role", "x-scope", "x-since", "x-aliases", "x-effect", "x-idempotency",
	"x-delivery", "x-latest-key", "x-audience", "x-state-version", "x-dialects", "x-published",
	"x-wait", "x-emits", "x-errors", "x-final", "x-adapt", "x-served-by", "x-not-offered", "x-deprecated",
}

// shape is what values look like. Required stands before properties, so that
// it is seen before a long list; examples stand last, after all they show.
var shape = []string{
	"$ref", "x-fragment", "type", "title", "const", "enum",
	"minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType", "contentSchema",
	"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf",
	"not", "x-known",
	"allOf", "additionalProperties", "unevaluatedProperties", "x-open", "required", "properties",
	"items", "minItems", "maxItems", "uniqueItems",
	"x-discriminator", "anyOf", "oneOf",
}

var (
	// declarationOrder is for what spans lines: files, types, objects.
	declarationOrder = slices.Concat(identity, []string{"x-secret", "x-reload", "x-exec", "x-env", "x-ui"}, shape,
		[]string{"…", "default", "$defs", "examples", "x-examples"})
	// leafOrder is for members told on one line: the type first, the prose
	// after all that is short.
	leafOrder = slices.Concat(shape, []string{"…", "default", "x-name", "x-since", "x-secret", "x-deprecated",
		"description", "x-reload", "x-exec", "x-env", "x-ui", "examples"})
)

var manifestOrder = []string{"$schema", "name", "title", "description", "version", "minVersion",
	"dialects", "roles", "scopes", "unknownMethod", "errors", "runtimeErrors", "groups", "initialisms", "limits"}

// ordered returns the members of an object in the given order. The sort is
// stable: equal ranks keep source order.
func ordered(n *source.Node, order []string) []source.Member {
	if order == nil {
		return n.Members
	}
	others := slices.Index(order, "…")
	if others < 0 {
		others = len(order)
	}
	rank := func(key string) int {
		if i := slices.Index(order, key); i >= 0 && key != "…" {
			return i
		}
		return others
	}
	out := slices.Clone(n.Members)
	slices.SortStableFunc(out, func(a, b source.Member) int { return rank(a.Key) - rank(b.Key) })
	return out
}
