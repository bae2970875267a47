package site

import (
	"bytes"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// reader renders one page's Markdown and remembers what it saw. HTML in it is
// shown as text, apart from anchors, which the reference has.
type reader struct {
	site  *site
	page  *page
	ids   map[string]bool
	toc   []heading
	first string // the first paragraph, without markup
	table *table
	err   error // of a fence
}

func (s *site) reader(pg *page) *reader { return &reader{site: s, page: pg, ids: map[string]bool{}} }

// render gives a page's text as HTML.
func (r *reader) render(markdown []byte) (string, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.Table),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(r, 100))))
	var b bytes.Buffer
	if err := md.Convert(markdown, &b); err != nil {
		return "", err
	}
	return b.String(), r.err
}

// RegisterFuncs says which nodes are rendered here and not by goldmark.
func (r *reader) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(ast.KindHeading, r.heading)
	reg.Register(ast.KindParagraph, r.paragraph)
	reg.Register(ast.KindLink, r.link)
	reg.Register(ast.KindImage, r.image)
	reg.Register(ast.KindRawHTML, r.rawHTML)
	reg.Register(ast.KindHTMLBlock, r.htmlBlock)
	reg.Register(ast.KindFencedCodeBlock, r.fence)
	reg.Register(ast.KindCodeBlock, r.indented)
	reg.Register(extast.KindTable, r.tableNode)
	reg.Register(extast.KindTableHeader, r.tableHeader)
	reg.Register(extast.KindTableRow, r.tableRow)
	reg.Register(extast.KindTableCell, r.tableCell)
}

func write(w util.BufWriter, parts ...string) {
	for _, p := range parts {
		_, _ = w.WriteString(p) // of a buffer
	}
}

func (r *reader) heading(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.Heading)
	level := strconv.Itoa(n.Level)
	if !entering {
		write(w, "</h", level, ">\n")
		return ast.WalkContinue, nil
	}
	text := plain(n, source)
	id := r.id(slug(text))
	if n.Level == 1 {
		write(w, "<h1>")
		return ast.WalkContinue, nil
	}
	if n.Level <= 3 {
		r.toc = append(r.toc, heading{n.Level, id, text})
	}
	write(w, "<h", level, ` id="`, id, `"><a class="anchor" href="#`, id, `" aria-label="Link to `, html.EscapeString(text), `">#</a>`)
	return ast.WalkContinue, nil
}

// slug is the anchor that GitHub makes of a heading.
func slug(text string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(text) {
		switch {
		case c == ' ':
			b.WriteByte('-')
		case unicode.IsLetter(c), unicode.IsDigit(c), c == '-', c == '_':
			b.WriteRune(c)
		}
	}
	return b.String()
}

// id makes an anchor one that is there once.
func (r *reader) id(want string) string {
	id := want
	for n := 1; r.ids[id] || id == ""; n++ {
		id = want + "-" + strconv.Itoa(n)
	}
	r.ids[id] = true
	return id
}

// paragraph writes a paragraph; one of anchors alone has no place of its own.
func (r *reader) paragraph(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	text := plain(node, source)
	if text == "" {
		return ast.WalkContinue, nil
	}
	if !entering {
		write(w, "</p>\n")
		return ast.WalkContinue, nil
	}
	if r.first == "" {
		r.first = text
	}
	write(w, "<p>")
	return ast.WalkContinue, nil
}

func (r *reader) link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	to, ok := r.site.resolve(r.page, string(node.(*ast.Link).Destination))
	switch {
	case !ok:
	case entering:
		write(w, `<a href="`, html.EscapeString(to), `">`)
	default:
		write(w, "</a>")
	}
	return ast.WalkContinue, nil
}

// image writes what an image shows in words: pages need nothing from elsewhere.
func (r *reader) image(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		write(w, html.EscapeString(plain(node, source)))
	}
	return ast.WalkSkipChildren, nil
}

var anchorTag = regexp.MustCompile(`^<a id="([^"<>&]+)">$`)

func (r *reader) rawHTML(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	tag := string(node.(*ast.RawHTML).Segments.Value(source))
	switch found := anchorTag.FindStringSubmatch(tag); {
	case found != nil && !r.ids[found[1]]:
		r.ids[found[1]] = true
		write(w, `<span id="`, found[1], `"></span>`)
	case found == nil && tag != "</a>":
		write(w, html.EscapeString(tag))
	}
	return ast.WalkContinue, nil
}

func (r *reader) htmlBlock(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	text := strings.TrimSpace(string(node.Lines().Value(source)))
	if entering && !strings.HasPrefix(text, "<!--") {
		write(w, "<p>", html.EscapeString(text), "</p>\n")
	}
	return ast.WalkContinue, nil
}

func (r *reader) fence(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n := node.(*ast.FencedCodeBlock)
	if !entering {
		return ast.WalkContinue, nil
	}
	return r.code(w, string(n.Language(source)), string(n.Lines().Value(source)))
}

func (r *reader) indented(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	return r.code(w, "", string(node.Lines().Value(source)))
}

func (r *reader) code(w util.BufWriter, language, code string) (ast.WalkStatus, error) {
	var text string
	var err error
	if language == sequenceLanguage {
		text, err = sequenceSVG(code, r.id("diagram"))
	} else {
		text, err = codeBlock(language, code)
	}
	write(w, text)
	return ast.WalkSkipChildren, err
}

// plain is the text of a node without markup.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	var walk func(ast.Node)
	walk = func(n ast.Node) {
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			switch c := c.(type) {
			case *ast.Text:
				b.Write(c.Segment.Value(source))
				if c.SoftLineBreak() || c.HardLineBreak() {
					b.WriteByte(' ')
				}
			case *ast.String:
				b.Write(c.Value)
			case *ast.AutoLink:
				b.Write(c.Label(source))
			default:
				walk(c)
			}
		}
	}
	walk(n)
	return strings.TrimSpace(strings.NewReplacer(`\<`, "<", `\*`, "*", `\\`, `\`, `\|`, "|").Replace(b.String()))
}
