package wire

import (
	"errors"
	"strings"
)

// Refuse explains why a generated decoder did not accept data. The error is
// an Issues and never empty.
func Refuse(data []byte, mode Mode, maxDepth int, shapes Shapes, shape ShapeID) error {
	issues := Explain(data, mode, maxDepth, shapes, Place{Shape: shape})
	if len(issues) == 0 {
		issues = Issues{{Rule: RuleSyntax, Message: "unknown validation error"}}
	}
	return issues
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
	var issues Issues
	if !errors.As(err, &issues) {
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
// malformed otherwise; InvalidID when there is none.
func FindID(data []byte, name string, maxDepth int) string {
	r := NewReader(data, Lenient, maxDepth)
	if id, ok := r.Tag(r.Start(), name); ok && id != "" {
		return strings.Clone(id)
	}
	return InvalidID
}
