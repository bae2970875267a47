package wire

import (
	"errors"
	"strings"
)

// Refuse explains why a generated decoder did not accept data. The error is
// an Issues and never empty.
func Refuse(data []byte, mode Mode, maxDepth int, shapes Shapes, shape ShapeID) error {
	return RefuseAt(data, mode, maxDepth, shapes, Place{Shape: shape})
}

// RefuseAt does the same for a place that may hold null.
func RefuseAt(data []byte, mode Mode, maxDepth int, shapes Shapes, place Place) error {
	issues := Explain(data, mode, maxDepth, shapes, place)
	switch {
	case len(issues) > 0:
	case isNull(data): // lenient: absent in an object, but not as the whole
		issues = Issues{{Rule: ruleType, Message: message(ruleType, shapes.kindNames(place))}}
	default:
		issues = Issues{{Rule: RuleSyntax, Message: "unknown validation error"}}
	}
	return issues
}

func isNull(data []byte) bool {
	r := NewReader(data, Lenient, 0)
	return r.Null(r.Start())
}

// Count is how many of the conditions hold.
func Count(conditions ...bool) int {
	n := 0
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// Appender is a value that can write itself as JSON; all generated types are.
type Appender interface {
	AppendJSON(b []byte) []byte
}

// AppendJSON appends the value as it stands.
func (v Raw) AppendJSON(b []byte) []byte { return AppendRaw(b, v) }

// DetailsOf gives the issues of an error in the form {"issues": […]}, or nil
// when it has none.
func DetailsOf(err error) Appender {
	issues, ok := err.(Issues) // as a rule; errors.As takes much longer
	if !ok && !errors.As(err, &issues) {
		return nil
	}
	return issues
}

// AppendJSON appends {"issues": [{"path", "rule", "property", "message"}, …]}.
func (l Issues) AppendJSON(b []byte) []byte {
	b = append(b, `{"issues":[`...)
	for k, i := range l {
		if k > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"path":`...)
		b = AppendString(b, i.Path)
		b = append(b, `,"rule":`...)
		b = AppendString(b, i.Rule)
		if i.Property != "" {
			b = append(b, `,"property":`...)
			b = AppendString(b, i.Property)
		}
		b = append(b, `,"message":`...)
		b = AppendString(b, i.Message)
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

// InvalidID answers a frame that had no usable id.
const InvalidID = "invalid"

// FindID looks for a non-empty string under a name in an object that may be
// malformed otherwise; InvalidID when there is none. A string that is no text,
// such as half a surrogate pair, is none: no answer could repeat it.
func FindID(data []byte, name string, maxDepth int) string {
	r := NewReader(data, Lenient, maxDepth)
	key, i, more := r.Object(r.Start())
	for more && key != name {
		key, i, more = r.Next(r.Skip(i))
	}
	if !more {
		return InvalidID
	}
	var id string
	strict := NewReader(data, Strict, maxDepth)
	if strict.String(i, &id) < 0 || id == "" {
		return InvalidID
	}
	return strings.Clone(id)
}
