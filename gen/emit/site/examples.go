package site

import (
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"

	"github.com/gatesmith/gatesmith/gen/emit/jsondoc"
	"github.com/gatesmith/gatesmith/gen/emit/reference"
	"github.com/gatesmith/gatesmith/gen/ir"
)

// form is an example in one language.
type form struct{ name, language, code string }

// examples writes the examples of a method or event, and for a method what
// calls it from here.
func (s *site) examples(pg *page) (string, error) {
	c := pg.chapter
	var b strings.Builder
	if len(c.Examples) > 0 {
		b.WriteString(s.section(pg, "examples", "Examples"))
	}
	for i, x := range c.Examples {
		forms, err := s.forms(c, x)
		if err != nil {
			return "", err
		}
		title, err := s.inline(pg, x.Title)
		if err != nil {
			return "", err
		}
		text, err := tabbed("example-"+strconv.Itoa(i+1), title, forms)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	if c.Method != nil && s.callable(c.Method) {
		b.WriteString(s.section(pg, "try-it", "Try it"))
		b.WriteString(s.panel(pg, c))
	}
	return b.String(), nil
}

// section begins a section that does not come from Markdown.
func (s *site) section(pg *page, id, title string) string {
	pg.toc = append(pg.toc, heading{2, id, title})
	return fmt.Sprintf(`<h2 id="%s"><a class="anchor" href="#%[1]s" aria-label="Link to %s">#</a>%[2]s</h2>`+"\n", id, html.EscapeString(title))
}

// inline renders a line of Markdown without the paragraph around it.
func (s *site) inline(pg *page, markdown string) (string, error) {
	text, err := s.reader(pg).render([]byte(markdown))
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(text), "<p>"), "</p>"), err
}

// tabbed writes the forms of an example, of which one is shown at a time. They
// are all shown where no script runs.
func tabbed(id, title string, forms []form) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, `<section class="example" aria-labelledby="%s"><h3 id="%[1]s">%s</h3>`+"\n", id, title)
	if len(forms) > 1 {
		b.WriteString(`<div class="tabs" role="group" aria-label="Language of the example" hidden>`)
		for _, f := range forms {
			fmt.Fprintf(&b, `<button type="button" aria-pressed="false" data-form="%s">%[1]s</button>`, f.name)
		}
		b.WriteString("</div>\n")
	}
	for _, f := range forms {
		code, err := codeBlock(f.language, f.code)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, `<div class="form" data-form="%s">`+"\n%s</div>\n", f.name, code)
	}
	b.WriteString("</section>\n")
	return b.String(), nil
}

// forms are an example as frames and, where clients would write it so, as
// programs: those speak the canonical dialect.
func (s *site) forms(c *reference.Chapter, x reference.Example) ([]form, error) {
	out := []form{{"Frames", "jsonc", x.Frames}}
	if d := x.Exchange.Dialect; d != nil && d != s.p.Canonical() {
		return out, nil
	}
	more, err := s.calls(c.Method, x.Exchange)
	if c.Event != nil {
		more, err = s.subscriptions(c.Event)
	}
	return append(out, more...), err
}

// calls are an example's call in every language.
func (s *site) calls(m *ir.Method, x *ir.Exchange) ([]form, error) {
	if m == nil || m.Runtime || x.Params == nil {
		return nil, nil
	}
	var out []form
	add := func(name, language string, code string, err error) error {
		out = append(out, form{name, language, code})
		return err
	}
	if s.Go != nil {
		code, err := s.Go.Call(s.p, m, x.Params)
		if err := add("Go", "go", code, err); err != nil {
			return nil, err
		}
	}
	if s.TypeScript != nil {
		code, err := s.TypeScript.Call(s.p, m, x.Params)
		if err := add("TypeScript", "ts", code, err); err != nil {
			return nil, err
		}
	}
	if s.python != nil {
		code, err := s.python.Call(m, x.Params)
		if err := add("Python", "python", code, err); err != nil {
			return nil, err
		}
	}
	if s.Command != "" {
		code, err := s.shell(m, x.Params)
		if err := add("Shell", "sh", code, err); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// shell is a call from a shell.
func (s *site) shell(m *ir.Method, params []byte) (string, error) {
	text, err := jsondoc.Compact(params)
	if err != nil {
		return "", err
	}
	line := s.Command + " " + m.Wire
	if text != "{}" {
		line += " '" + strings.ReplaceAll(text, "'", `'\''`) + "'"
	}
	return line, nil
}

// subscriptions are how programs hear of an event.
func (s *site) subscriptions(e *ir.Event) ([]form, error) {
	var out []form
	if s.Go != nil {
		code, err := s.Go.Subscription(s.p, e)
		if err != nil {
			return nil, err
		}
		out = append(out, form{"Go", "go", code})
	}
	if s.TypeScript != nil {
		out = append(out, form{"TypeScript", "ts", s.TypeScript.Subscription(s.p, e)})
	}
	if s.python != nil {
		out = append(out, form{"Python", "python", s.python.Subscription(e)})
	}
	return out, nil
}

// callable reports whether pages can call a method.
func (s *site) callable(m *ir.Method) bool {
	return len(s.Client) > 0 && !m.Runtime && m.NotOffered == ""
}

// samples are the params that a panel offers: those of the examples.
func samples(c *reference.Chapter) []reference.Example {
	return slices.DeleteFunc(slices.Clone(c.Examples), func(x reference.Example) bool { return x.Exchange.Params == nil })
}
