package reference

import (
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// document is a page as a reader's program sees it.
type document struct {
	lines    []string // outside fences
	fences   []string
	explicit []string // anchors written as such
	slugs    []string // anchors that GitHub makes from headings
	ids      []string // both, in order, before duplicates are told apart
	links    []string
	plain    string // text without links and escapes
}

var (
	linkForm   = regexp.MustCompile(`\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)`)
	anchorForm = regexp.MustCompile(`<a id="([^"]+)"></a>`)
	spanForm   = regexp.MustCompile("`[^`]*`")
	headForm   = regexp.MustCompile(`^#{1,6} `)
)

func parsePage(text string) *document {
	d := &document{}
	fence := -1
	for _, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			if fence < 0 {
				d.fences = append(d.fences, "")
				fence = len(d.fences) - 1
			} else {
				fence = -1
			}
			continue
		case fence >= 0:
			d.fences[fence] += line + "\n"
			continue
		}
		d.lines = append(d.lines, line)
		for _, a := range anchorForm.FindAllStringSubmatch(line, -1) {
			d.explicit, d.ids = append(d.explicit, a[1]), append(d.ids, a[1])
		}
		for _, l := range linkForm.FindAllStringSubmatch(line, -1) {
			d.links = append(d.links, l[2])
		}
		if headForm.MatchString(line) {
			d.heading(plainText(line[strings.Index(line, " ")+1:]))
		}
	}
	d.plain = plainText(strings.Join(d.lines, " "))
	return d
}

// heading makes the anchor as GitHub does.
func (d *document) heading(text string) {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			b.WriteRune(r)
		}
	}
	slug := b.String()
	d.ids = append(d.ids, slug)
	for n := 1; slices.Contains(d.slugs, slug); n++ {
		slug = b.String() + "-" + strconv.Itoa(n)
	}
	d.slugs = append(d.slugs, slug)
}

func (d *document) anchors() []string { return slices.Concat(d.explicit, d.slugs) }

// plainText takes away what Markdown adds to a text.
func plainText(text string) string {
	text = linkForm.ReplaceAllString(text, "$1")
	text = strings.NewReplacer("`", "", `\`, "").Replace(text)
	return strings.Join(strings.Fields(text), " ")
}

// checkTables checks that rows are as long as their heads and have no empty
// cells, and that nothing went undescribed.
func (d *document) checkTables(t *testing.T, page string) {
	width := 0
	for _, line := range d.lines {
		if !strings.HasPrefix(line, "|") {
			width = 0
			continue
		}
		cells := strings.Split(strings.ReplaceAll(line, `\|`, ""), "|")
		cells = cells[1 : len(cells)-1]
		if width == 0 {
			width = len(cells)
		}
		if len(cells) != width {
			t.Errorf("%s: %d cells instead of %d: %s", page, len(cells), width, line)
		}
		for _, c := range cells {
			if c = strings.TrimSpace(c); c == "" || c == "–" && page != accessPage {
				t.Errorf("%s: empty cell: %s", page, line)
			}
		}
	}
}

// checkMarkup checks that there is no HTML but for anchors and the header.
func (d *document) checkMarkup(t *testing.T, page string) {
	for _, line := range d.lines[1:] {
		bare := spanForm.ReplaceAllString(anchorForm.ReplaceAllString(line, ""), "")
		if strings.Contains(strings.ReplaceAll(bare, `\<`, ""), "<") {
			t.Errorf("%s: HTML in %s", page, line)
		}
		if strings.Count(line, "`")%2 != 0 {
			t.Errorf("%s: unbalanced code span in %s", page, line)
		}
	}
}

// checkAnchors checks that each anchor that links may name leads to one place:
// an anchor that repeats the heading below it is no harm.
func (d *document) checkAnchors(t *testing.T, page string) {
	for _, target := range d.explicit {
		first := slices.Index(d.ids, target)
		for i := first + 1; i < len(d.ids); i++ {
			if d.ids[i] == target && i > first+2 {
				t.Errorf("%s: anchor %s is there twice", page, target)
			}
		}
	}
}

// checkExamples checks that fences hold JSON values and comments.
func (d *document) checkExamples(t *testing.T, page string) {
	for _, fence := range d.fences {
		var text strings.Builder
		for _, line := range strings.Split(fence, "\n") {
			if !strings.HasPrefix(line, "// ") {
				text.WriteString(line + "\n")
			}
			if longest := 160; len([]rune(line)) > longest && strings.Count(line, `"`) > 4 {
				t.Errorf("%s: long line in an example: %s", page, line)
			}
		}
		dec := json.NewDecoder(strings.NewReader(text.String()))
		for {
			var v any
			if err := dec.Decode(&v); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s: an example is no JSON: %s\n%s", page, err, fence)
				break
			}
		}
	}
}
