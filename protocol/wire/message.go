package wire

import (
	"strconv"
	"strings"
)

// The rules that are keywords of JSON Schema, and of which the code speaks by
// name. Limits come by the name that their ShapeCheck gives.
const (
	ruleType     = "type"
	ruleRequired = "required"
	ruleEnum     = "enum"
	ruleConst    = "const"
	ruleNot      = "not"
	ruleAnyOf    = "anyOf"
	ruleOneOf    = "oneOf"

	ruleMinLength        = "minLength"
	ruleMaxLength        = "maxLength"
	rulePattern          = "pattern"
	ruleFormat           = "format"
	ruleMinimum          = "minimum"
	ruleMaximum          = "maximum"
	ruleExclusiveMinimum = "exclusiveMinimum"
	ruleExclusiveMaximum = "exclusiveMaximum"
	ruleMultipleOf       = "multipleOf"
	ruleMinItems         = "minItems"
	ruleMaxItems         = "maxItems"
	ruleUniqueItems      = "uniqueItems"
)

// messages is the one table of texts, by rule. They are worded as AJV words
// them, because clients in the field read them; % stands for the argument.
var messages = map[string]string{
	RuleSyntax:    "invalid JSON at byte %",
	RuleUTF8:      "must NOT have %",
	RuleDepth:     "must NOT be nested deeper than % levels",
	RuleDuplicate: "must NOT have duplicate property '%'",
	RuleRange:     "must be %",

	ruleType:       "must be %",
	ruleRequired:   "must have required property '%'",
	RuleUnexpected: "unexpected property '%'",
	ruleEnum:       "must be equal to one of the allowed values: %",
	ruleConst:      "must be equal to constant %",
	ruleNot:        "must NOT be equal to one of the values: %",
	ruleAnyOf:      "must have property %",
	ruleOneOf:      "must have exactly one of %",

	ruleMinLength:        "must NOT have fewer than % characters",
	ruleMaxLength:        "must NOT have more than % characters",
	rulePattern:          `must match pattern "%"`,
	ruleFormat:           `must match format "%"`,
	ruleMinimum:          "must be >= %",
	ruleMaximum:          "must be <= %",
	ruleExclusiveMinimum: "must be > %",
	ruleExclusiveMaximum: "must be < %",
	ruleMultipleOf:       "must be multiple of %",
	ruleMinItems:         "must NOT have fewer than % items",
	ruleMaxItems:         "must NOT have more than % items",
	ruleUniqueItems:      "must NOT have duplicate items",
}

// Arguments of rules that have more than one text.
const (
	badUTF8       = "invalid UTF-8"
	loneSurrogate = "a lone surrogate"
	beyondFloat   = "a number between -1.7976931348623157e308 and 1.7976931348623157e308"
)

// beyondInt is the argument of RuleRange for an integer.
var beyondInt = "an integer between -" + strconv.Itoa(MaxInt) + " and " + strconv.Itoa(MaxInt)

// message words an issue.
func message(rule, argument string) string {
	return strings.Replace(messages[rule], "%", argument, 1)
}

// kindNames words the kinds that may stand at a place: "string or null".
func (s Shapes) kindNames(p Place) string {
	var names []string
	shape := s.at(p.Shape)
	if shape.Kind == ShapeByKind {
		for _, id := range shape.Kinds {
			names = append(names, kindName(s.at(id).Kind))
		}
	} else {
		names = append(names, kindName(shape.Kind))
	}
	if p.Nullable {
		names = append(names, "null")
	}
	return strings.Join(names, " or ")
}

func kindName(k ShapeKind) string {
	switch k {
	case ShapeBool:
		return "boolean"
	case ShapeInt:
		return "integer"
	case ShapeFloat:
		return "number"
	case ShapeString:
		return "string"
	case ShapeArray:
		return "array"
	}
	return "object"
}

// setNames words sets of members: "'a' and 'b', 'c'" with a comma between.
func setNames(sets [][]string, between string) string {
	var all []string
	for _, set := range sets {
		all = append(all, "'"+strings.Join(set, "' and '")+"'")
	}
	return strings.Join(all, between)
}

// tagNames words the tags of a union as JSON strings.
func tagNames(variants []ShapeVariant) string {
	var all []string
	for _, v := range variants {
		all = append(all, string(AppendString(nil, v.Tag)))
	}
	return strings.Join(all, ", ")
}
