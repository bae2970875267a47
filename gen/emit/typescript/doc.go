package typescript

import (
	"fmt"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// commentWidth is where comments are wrapped.
const commentWidth = 100

// comment writes a description as TSDoc: paragraphs, then tags, each of which
// begins a line. Without any there is no comment.
func comment(p *emit.Printer, text string, tags ...string) {
	var lines []string
	add := func(block string) {
		for _, line := range emit.Wrap(escaped(block), p.Room(commentWidth)-len(" * ")) {
			lines = append(lines, strings.TrimRight(" * "+line, " "))
		}
	}
	if text = strings.TrimSpace(text); text != "" {
		add(text)
	}
	for k, tag := range tags {
		if k == 0 && len(lines) > 0 {
			lines = append(lines, " *")
		}
		add(tag)
	}
	switch {
	case len(lines) == 0:
	case len(lines) == 1 && len(lines[0]) < p.Room(commentWidth)-len("/** */"):
		p.Line("/**" + strings.TrimPrefix(lines[0], " *") + " */")
	default:
		p.Line("/**")
		for _, l := range lines {
			p.Line(l)
		}
		p.Line(" */")
	}
}

// escaped keeps a text from ending the comment that it stands in.
func escaped(text string) string { return strings.ReplaceAll(text, "*/", `*\/`) }

// metaTags are the tags of anything declared.
func metaTags(m ir.Meta) []string {
	if m.Deprecated == nil {
		return nil
	}
	if m.Deprecated.Use == "" {
		return []string{fmt.Sprintf("@deprecated Since version %d.", m.Deprecated.Since)}
	}
	return []string{"@deprecated Use " + m.Deprecated.Use + "."}
}

// fieldTags are those of a property.
func fieldTags(f *ir.Field) []string {
	tags := metaTags(f.Meta)
	if f.Default != nil {
		tags = append(tags, "@defaultValue `"+f.Default.JSON+"`")
	}
	return tags
}

// methodTags are those of a method: what it refuses is part of its description.
func methodTags(m *ir.Method) []string {
	tags := metaTags(m.Meta)
	for _, e := range m.Errors {
		tag := "@throws `" + e.Code.Name + "`"
		if e.Message != "" {
			tag += ", `" + e.Message + "`"
		}
		if e.When != "" {
			tag += ": " + e.When
		}
		tags = append(tags, tag)
	}
	return tags
}
