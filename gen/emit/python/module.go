package python

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/gen/emit"
)

// width is that of generated lines, where nothing longer has to stand in one.
const width = 100

// module is one file being written. Its imports are known when its code is.
type module struct {
	about    string
	lazy     bool // annotations are not evaluated
	sections [][]imported
	code     emit.Printer
	words    map[string]bool // in the code, but for docstrings
}

// imported is an import statement; names that the code does not mention are
// left out.
type imported struct {
	from  string
	names []string
}

func newModule(about string) *module {
	return &module{about: about, code: emit.Printer{Unit: "    "}, words: map[string]bool{}}
}

// imports adds a section of imports: the standard library, packages, and
// modules of this package have one each.
func (m *module) imports(list ...imported) { m.sections = append(m.sections, list) }

// generated adds the imports of the wire package and of modules beside this
// one, which are of one section where the wire package is near.
func (m *module) generated(wire imported, local ...imported) {
	if strings.HasPrefix(wire.from, ".") {
		m.imports(append([]imported{wire}, local...)...)
		return
	}
	m.imports(wire)
	m.imports(local...)
}

var word = regexp.MustCompile(`[\pL_][\pL\pN_]*`)

// Line writes a line of code.
func (m *module) Line(text string) {
	for _, w := range word.FindAllString(text, -1) {
		m.words[w] = true
	}
	m.code.Line(text)
}

// Linef writes a line of code; format and args are as for fmt.Sprintf.
func (m *module) Linef(format string, args ...any) { m.Line(fmt.Sprintf(format, args...)) }

// Block writes what body writes one step deeper, between two lines.
func (m *module) Block(open string, body func(), closing string) {
	m.Line(open)
	m.code.In(body)
	if closing != "" {
		m.Line(closing)
	}
}

// Blank and Gap write one empty line, or the two around classes.
func (m *module) Blank() { m.code.Blank() }
func (m *module) Gap()   { m.code.Blank(); m.code.Line("") }

// doc writes text as a docstring: on one line if it fits.
func (m *module) doc(text string) { docstring(&m.code, text) }

func docstring(p *emit.Printer, text string) {
	if text == "" {
		return
	}
	text = docEscapes.Replace(text)
	if strings.HasSuffix(text, `"`) {
		text = text[:len(text)-1] + `\"`
	}
	room := p.Room(width)
	if one := `"""` + text + `"""`; !strings.Contains(text, "\n") && utf8.RuneCountInString(one) <= room {
		p.Line(one)
		return
	}
	for _, line := range emit.Wrap(`"""`+text, room) {
		p.Line(line)
	}
	p.Line(`"""`)
}

// bytes is the whole file.
func (m *module) bytes() []byte {
	p := &emit.Printer{Unit: "    "}
	p.Line("# " + emit.Header)
	docstring(p, m.about)
	if m.lazy {
		p.Blank()
		p.Line("from __future__ import annotations")
	}
	for _, section := range m.sections {
		p.Blank()
		for _, i := range section {
			m.importLine(p, i)
		}
	}
	p.Blank()
	return append(p.Bytes(), m.code.Bytes()...)
}

func (m *module) importLine(p *emit.Printer, i imported) {
	names := slices.DeleteFunc(slices.Clone(i.names), func(n string) bool { return !m.words[n] })
	if len(names) == 0 {
		return
	}
	sortNames(names)
	names = slices.Compact(names)
	line := "from " + i.from + " import " + strings.Join(names, ", ")
	if utf8.RuneCountInString(line) <= width {
		p.Line(line)
		return
	}
	p.Block("from "+i.from+" import (", func() {
		for _, n := range names {
			p.Line(n + ",")
		}
	}, ")")
}

// sortNames orders names as tools that sort imports do: constants, classes,
// then the rest.
func sortNames(list []string) {
	rank := func(s string) int {
		switch {
		case s == strings.ToUpper(s) && utf8.RuneCountInString(s) > 1:
			return 0
		case s[:1] == strings.ToUpper(s[:1]):
			return 1
		}
		return 2
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
}
