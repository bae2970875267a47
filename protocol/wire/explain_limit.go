package wire

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// This file holds values against the limits of their shape, for Explain.
// Generated code checks the same limits as it reads; it calls the functions of
// limit.go, format.go and pattern.go that this file calls.

// scalar checks the value at i, whose kind fits.
func (x *explainer) scalar(i int, shape *Shape) {
	if x.lenient {
		return
	}
	literal := x.literal(i)
	if shape.Kind == ShapeInt || shape.Kind == ShapeFloat {
		if !x.inRange(literal, shape.Kind) {
			return
		}
	}
	if len(shape.Enum) > 0 && listed(literal, shape.Enum) == shape.Except {
		x.notAllowed(shape)
		return
	}
	for _, check := range shape.Checks {
		if !keeps(literal, check) {
			x.report(check.Rule, "", check.Limit)
		}
	}
}

// inRange reports an integer that is not exact everywhere. Limits say nothing
// about a number that is out of range.
func (x *explainer) inRange(literal []byte, kind ShapeKind) bool {
	if _, ok := plainInt(literal); ok {
		return true
	}
	if _, err := strconv.ParseFloat(string(literal), 64); err != nil {
		return false // checkNumber has reported it
	}
	if kind == ShapeFloat {
		return true
	}
	if _, ok := integral(literal); !ok {
		x.report(RuleRange, "", beyondInt)
		return false
	}
	return true
}

func (x *explainer) notAllowed(shape *Shape) {
	rule := ruleEnum
	switch {
	case shape.Const:
		rule = ruleConst
	case shape.Except:
		rule = ruleNot
	}
	x.report(rule, "", strings.Join(shape.Enum, ", "))
}

// listed reports whether a scalar is among the values of an enum.
func listed(literal []byte, values []string) bool {
	if slices.Contains(values, string(literal)) {
		return true
	}
	key := scalarKey(literal)
	return slices.ContainsFunc(values, func(v string) bool { return scalarKey([]byte(v)) == key })
}

// keeps reports whether a string or number keeps a limit.
func keeps(literal []byte, check ShapeCheck) bool {
	limit := check.Limit
	switch check.Rule {
	case ruleMinimum:
		return compareDecimals(literal, []byte(limit)) >= 0
	case ruleMaximum:
		return compareDecimals(literal, []byte(limit)) <= 0
	case ruleExclusiveMinimum:
		return compareDecimals(literal, []byte(limit)) > 0
	case ruleExclusiveMaximum:
		return compareDecimals(literal, []byte(limit)) < 0
	case ruleMultipleOf:
		return MultipleOf(literal, limit)
	case ruleMinLength:
		return !ShorterThan(stringValue(literal), limitNumber(limit))
	case ruleMaxLength:
		return !LongerThan(stringValue(literal), limitNumber(limit))
	case rulePattern:
		return patternOf(limit).Match(stringValue(literal))
	case ruleFormat:
		return ValidFormat(limit, stringValue(literal))
	}
	return true
}

// checkItems checks the limits of the array at i, which has count items.
func (x *explainer) checkItems(i, count int, checks []ShapeCheck) {
	for _, check := range checks {
		kept := true
		switch check.Rule {
		case ruleMinItems:
			kept = count >= limitNumber(check.Limit)
		case ruleMaxItems:
			kept = count <= limitNumber(check.Limit)
		case ruleUniqueItems:
			kept = uniqueItems(x.data, i)
		}
		if !kept {
			x.report(check.Rule, "", check.Limit)
		}
	}
}

// limitNumber reads a limit that counts something. It may be written 5.0.
func limitNumber(limit string) int {
	n, _ := integral([]byte(limit))
	return int(n)
}

// patterns holds the compiled patterns of shapes, by their text. There are as
// many as the schemas have.
var patterns sync.Map

func patternOf(source string) *Pattern {
	p, ok := patterns.Load(source)
	if !ok {
		p, _ = patterns.LoadOrStore(source, NewPattern(source))
	}
	return p.(*Pattern)
}
