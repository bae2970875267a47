package lower

import (
	"maps"
	"slices"
	"strings"

	"github.com/gatesmith/gatesmith/gen/diag"
	"github.com/gatesmith/gatesmith/gen/dialect"
	"github.com/gatesmith/gatesmith/gen/source"
)

// role is what a schema node is in its file; it decides which keywords may
// stand there besides those of every schema.
type role uint8

const (
	roleInline role = iota // a property, an item, a branch
	roleDef                // declared under $defs
	roleType               // root of a file under types/
	roleFrame
	roleConfig
	roleEvent
	roleMethod
)

// annotations may stand beside anything, a $ref included.
var annotations = []string{"title", "description", "default", "examples", "x-secret", "x-deprecated", "x-name", "x-since"}

// configKeywords are the annotations of files under config/ alone.
var configKeywords = []string{"x-reload", "x-exec", "x-env", "x-ui"}

var constraintKeywords = []string{
	"type", "enum", "const", "x-known",
	"minLength", "maxLength", "pattern", "format", "contentMediaType", "contentSchema", "contentEncoding",
	"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
	"properties", "required", "additionalProperties", "unevaluatedProperties", "x-open", "x-fragment",
	"items", "minItems", "maxItems", "uniqueItems",
	"oneOf", "anyOf", "allOf", "x-discriminator",
}

var rootKeywords = map[role][]string{
	roleType:   {"$schema", "$defs"},
	roleFrame:  {"$schema", "$defs", "x-frame"},
	roleConfig: {"$schema", "$defs"},
	roleEvent: {"$schema", "$defs", "x-event", "x-direction", "x-role", "x-scope", "x-since", "x-delivery", "x-latest-key",
		"x-audience", "x-state-version", "x-dialects", "x-published", "x-examples"},
	roleMethod: {"$schema", "$defs", "title", "description", "$ref", "x-method", "x-role", "x-scope", "x-aliases", "x-since", "x-effect",
		"x-idempotency", "x-wait", "x-emits", "x-errors", "x-final", "x-adapt", "x-served-by", "x-not-offered",
		"x-deprecated", "x-name", "x-examples"},
}

// refused are keywords of JSON Schema that the dialect leaves out, with what
// to write instead.
var refused = map[string]string{
	"if": "describe the rule in words, or split the type by a tag", "then": "it goes with \"if\"", "else": "it goes with \"if\"",
	"not":              "only the open branch of a tagged union has one",
	"dependentSchemas": "use anyOf of required sets", "dependentRequired": "use anyOf of required sets", "dependencies": "use anyOf of required sets",
	"contains": "", "minContains": "", "maxContains": "",
	"patternProperties": "use additionalProperties for maps", "propertyNames": "",
	"minProperties": "", "maxProperties": "",
	"prefixItems": "use an object", "unevaluatedItems": "",
	"$dynamicRef": "use $ref", "$dynamicAnchor": "", "$anchor": "refer by path", "$recursiveRef": "use $ref", "$recursiveAnchor": "",
	"$id": "a file's path is its identity", "id": "a file's path is its identity", "$vocabulary": "",
	"$comment": "use description", "definitions": "use $defs",
	"deprecated": "use x-deprecated", "readOnly": "", "writeOnly": "",
}

func (l *lowerer) roleOf(n *source.Node) role {
	if parent := n.Parent(); parent != nil {
		if parent.Key() == "$defs" && parent.Parent() != nil && parent.Parent().Parent() == nil {
			return roleDef
		}
		return roleInline
	}
	folder, _, _ := strings.Cut(n.File.Path, "/")
	return map[string]role{"types": roleType, "frames": roleFrame, "config": roleConfig, "events": roleEvent, "methods": roleMethod}[folder]
}

// keywords reports every keyword of a schema node that may not stand there.
func (l *lowerer) keywords(n *source.Node) {
	role := l.roleOf(n)
	root := rootKeywords[role]
	for _, m := range n.Members {
		known := slices.Contains(root, m.Key)
		if role != roleMethod {
			known = known || slices.Contains(annotations, m.Key) || slices.Contains(constraintKeywords, m.Key) || m.Key == "$ref"
			known = known || slices.Contains(configKeywords, m.Key) && l.roleOf(n.File.Root) == roleConfig
		}
		if m.Key == "$schema" && known && m.Value.Text != dialect.Draft2020 {
			l.add(m.Value, diag.KeywordValue, "$schema is %s: expected %q", m.Value.Raw(), dialect.Draft2020)
		}
		if known || m.Key == "not" && l.openTags[n] {
			continue
		}
		instead, standard := refused[m.Key]
		switch {
		case standard && instead != "":
			l.addKey(n, m.Key, diag.KeywordUnsupported, "keyword %q is not part of the dialect: %s", m.Key, instead)
		case standard:
			l.addKey(n, m.Key, diag.KeywordUnsupported, "keyword %q is not part of the dialect", m.Key)
		case slices.Contains(allKeywords(), m.Key):
			l.addKey(n, m.Key, diag.KeywordUnsupported, "keyword %q has no place here: %s", m.Key, placeOf(m.Key))
		default:
			l.addKey(n, m.Key, diag.KeywordUnknown, "unknown keyword %q%s", m.Key, nearest(m.Key, allKeywords()))
		}
	}
}

// Keywords lists the keywords of the dialect, in order.
func Keywords() []string { return allKeywords() }

// Refused lists the keywords of JSON Schema that the dialect leaves out, in
// order.
func Refused() []string {
	return slices.Sorted(maps.Keys(refused))
}

func allKeywords() []string {
	all := slices.Concat(annotations, configKeywords, constraintKeywords, []string{"$ref", "not"})
	for _, r := range []role{roleType, roleFrame, roleEvent, roleMethod} {
		all = append(all, rootKeywords[r]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func placeOf(keyword string) string {
	if slices.Contains(configKeywords, keyword) {
		return "it belongs into files under config/"
	}
	var places []string
	for _, p := range []struct {
		role role
		name string
	}{{roleMethod, "a method file"}, {roleEvent, "an event file"}, {roleFrame, "a frame file"}, {roleType, "a type file"}} {
		if slices.Contains(rootKeywords[p.role], keyword) {
			places = append(places, p.name)
		}
	}
	if len(places) == 0 {
		return "it belongs into $defs"
	}
	return "it belongs at the root of " + strings.Join(places, " or ")
}

// nearest suggests the known word that a misspelt one was meant to be.
func nearest(word string, known []string) string {
	best, at := "", 3
	for _, k := range known {
		if d := distance(word, k); d < at {
			best, at = k, d
		}
	}
	if best == "" {
		return ""
	}
	return ": did you mean \"" + best + "\"?"
}

// distance counts the edits between two words (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
