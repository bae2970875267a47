package emit

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Printer writes the lines of a language that has no library of its own for
// making code. It keeps the indentation, so that what writes a block need not
// know how deep it stands.
type Printer struct {
	Unit string // one step of indentation

	buf   bytes.Buffer
	depth int
}

// Line writes a line at the present depth. An empty one is not indented.
func (p *Printer) Line(text string) {
	if text != "" {
		p.buf.WriteString(strings.Repeat(p.Unit, p.depth))
	}
	p.buf.WriteString(text)
	p.buf.WriteByte('\n')
}

// Linef writes a line; format and args are as for fmt.Sprintf.
func (p *Printer) Linef(format string, args ...any) { p.Line(fmt.Sprintf(format, args...)) }

// Blank writes an empty line, unless one stands there already or nothing has
// been written.
func (p *Printer) Blank() {
	b := p.buf.Bytes()
	if len(b) > 0 && !bytes.HasSuffix(b, []byte("\n\n")) {
		p.buf.WriteByte('\n')
	}
}

// Block writes what body writes one step deeper, between two lines. An empty
// close is left out, as languages have it in which a block ends with its
// indentation.
func (p *Printer) Block(open string, body func(), closing string) {
	p.Line(open)
	p.In(body)
	if closing != "" {
		p.Line(closing)
	}
}

// In writes what body writes one step deeper.
func (p *Printer) In(body func()) {
	p.depth++
	body()
	p.depth--
}

// Room is how many characters of a line of that width the indentation leaves.
func (p *Printer) Room(width int) int {
	return width - p.depth*utf8.RuneCountInString(strings.ReplaceAll(p.Unit, "\t", "    "))
}

// Bytes is everything written.
func (p *Printer) Bytes() []byte { return p.buf.Bytes() }

// Wrap breaks text into lines of at most width characters, at spaces. A word
// that is longer has a line of its own. Line breaks of the text are kept.
func Wrap(text string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line, length := "", 0
		for _, word := range strings.Fields(paragraph) {
			size := utf8.RuneCountInString(word)
			switch {
			case length == 0:
				line, length = word, size
			case length+1+size > width:
				lines = append(lines, line)
				line, length = word, size
			default:
				line, length = line+" "+word, length+1+size
			}
		}
		lines = append(lines, line)
	}
	return lines
}
