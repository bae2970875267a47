package markup

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

var parser = goldmark.New(goldmark.WithExtensions(extension.Strikethrough, extension.Table, extension.TaskList)).Parser()

// parse takes Markdown apart. Raw HTML is text like any other.
func parse(markdown string) []block {
	source := []byte(strings.ReplaceAll(strings.ToValidUTF8(markdown, "�"), "\r\n", "\n"))
	p := &reader{source: source}
	root := parser.Parse(text.NewReader(source))
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		p.block(n, "")
		if len(p.tokens) > 0 {
			p.blocks = append(p.blocks, p.tokens)
			p.tokens = nil
		}
	}
	return p.blocks
}

type reader struct {
	source []byte
	tokens block
	blocks []block
}

func (p *reader) say(text string) {
	if text != "" {
		p.tokens = append(p.tokens, token{text: text})
	}
}

func (p *reader) styled(s Style, argument string, inner func()) {
	p.tokens = append(p.tokens, token{style: s, argument: argument})
	inner()
	p.tokens = append(p.tokens, token{style: s, end: true})
}

// block reads a block; indent stands before its further lines.
func (p *reader) block(n ast.Node, indent string) {
	switch n := n.(type) {
	case *ast.Heading:
		p.styled(Bold, "", func() { p.inlines(n, indent) })
	case *ast.FencedCodeBlock:
		p.styled(Pre, string(n.Language(p.source)), func() { p.lines(n) })
	case *ast.CodeBlock:
		p.styled(Pre, "", func() { p.lines(n) })
	case *ast.HTMLBlock:
		p.lines(n)
		if n.HasClosure() {
			p.say("\n" + strings.TrimRight(string(n.ClosureLine.Value(p.source)), "\n"))
		}
	case *ast.Blockquote:
		p.styled(Quote, "", func() { p.blocksOf(n, indent, "\n") })
	case *ast.List:
		p.list(n, indent)
	case *ast.ThematicBreak:
		p.say("———")
	case *extast.Table:
		p.table(n)
	default:
		p.inlines(n, indent)
	}
}

// blocksOf reads what stands in a block, one below the other.
func (p *reader) blocksOf(n ast.Node, indent, gap string) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c != n.FirstChild() {
			p.say(gap + indent)
		}
		p.block(c, indent)
	}
}

func (p *reader) list(n *ast.List, indent string) {
	number := n.Start
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c != n.FirstChild() {
			p.say("\n" + indent)
		}
		mark := "• "
		if n.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
			number++
		}
		p.say(mark)
		p.blocksOf(c, indent+"  ", "\n")
	}
}

// table reads a table, which no messenger has: a line for each row.
func (p *reader) table(n *extast.Table) {
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		if row != n.FirstChild() {
			p.say("\n")
		}
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			if cell != row.FirstChild() {
				p.say(" | ")
			}
			if row.Kind() == extast.KindTableHeader {
				p.styled(Bold, "", func() { p.inlines(cell, "") })
			} else {
				p.inlines(cell, "")
			}
		}
	}
}

// lines reads the lines of a block as they are.
func (p *reader) lines(n ast.Node) {
	var b strings.Builder
	for k := range n.Lines().Len() {
		line := n.Lines().At(k)
		b.Write(line.Value(p.source))
	}
	p.say(strings.TrimRight(b.String(), "\n"))
}

func (p *reader) inlines(n ast.Node, indent string) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		p.inline(c, indent)
	}
}

func (p *reader) inline(n ast.Node, indent string) {
	switch n := n.(type) {
	case *ast.Text:
		p.say(unescape(string(n.Value(p.source))))
		if n.SoftLineBreak() || n.HardLineBreak() {
			p.say("\n" + indent)
		}
	case *ast.String:
		p.say(string(n.Value))
	case *ast.Emphasis:
		s := Italic
		if n.Level > 1 {
			s = Bold
		}
		p.styled(s, "", func() { p.inlines(n, indent) })
	case *extast.Strikethrough:
		p.styled(Strike, "", func() { p.inlines(n, indent) })
	case *ast.CodeSpan:
		p.styled(Code, "", func() {
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if t, ok := c.(*ast.Text); ok {
					p.say(strings.ReplaceAll(string(t.Value(p.source)), "\n", " "))
				}
			}
		})
	case *ast.Link:
		p.link(string(n.Destination), func() { p.inlines(n, indent) })
	case *ast.Image:
		p.link(string(n.Destination), func() { p.inlines(n, indent) })
	case *ast.AutoLink:
		p.say(string(n.Label(p.source)))
	case *ast.RawHTML:
		for k := range n.Segments.Len() {
			s := n.Segments.At(k)
			p.say(string(s.Value(p.source)))
		}
	case *extast.TaskCheckBox:
		if n.IsChecked {
			p.say("☑ ")
		} else {
			p.say("☐ ")
		}
	default:
		p.inlines(n, indent)
	}
}

// link reads a link. One that leads nowhere that can be opened is its text.
func (p *reader) link(to string, inner func()) {
	lower := strings.ToLower(to)
	if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "mailto:") && !strings.HasPrefix(lower, "tg://") {
		inner()
		return
	}
	before := len(p.tokens)
	p.styled(Link, to, inner)
	if len(p.tokens) == before+2 { // it has no text
		p.tokens = append(p.tokens[:before+1], token{text: to}, token{style: Link, end: true})
	}
}

// unescape takes away what Markdown's own escapes and entities stand for.
func unescape(s string) string {
	return string(resolve([]byte(s)))
}

// resolve gives what a text of the source means: \* is a star, &amp; an ampersand.
func resolve(b []byte) []byte {
	return util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(b)))
}
