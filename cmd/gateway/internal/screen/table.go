package screen

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Table is printed when all its rows are known, so that columns are as wide as
// they have to be.
type Table struct {
	screen *Screen
	head   []string
	rows   [][]Text
}

// Table begins a table. Without a head it has no first line.
func (s *Screen) Table(head ...string) *Table { return &Table{screen: s, head: head} }

// Row adds a row of strings, Texts, or whatever prints itself. An empty cell
// is printed as a dash.
func (t *Table) Row(cells ...any) {
	row := make([]Text, len(cells))
	for k, c := range cells {
		switch c := c.(type) {
		case Text:
			row[k] = Text{Clean(c.Text), c.Style}
		default:
			row[k] = Text{Text: Clean(fmt.Sprint(c))}
		}
		if row[k].Text == "" {
			row[k] = Text{"-", Faint}
		}
	}
	t.rows = append(t.rows, row)
}

// gap is what stands between two columns.
const gap = "  "

// Print writes the table; one without rows writes nothing.
func (t *Table) Print() {
	if len(t.rows) == 0 {
		return
	}
	rows := t.rows
	if len(t.head) > 0 {
		head := make([]Text, len(t.head))
		for k, name := range t.head {
			head[k] = Text{strings.ToUpper(name), Faint}
		}
		rows = append([][]Text{head}, rows...)
	}
	var widths []int
	for _, row := range rows {
		for k, c := range row {
			if k == len(widths) {
				widths = append(widths, 0)
			}
			widths[k] = max(widths[k], utf8.RuneCountInString(c.Text))
		}
	}
	var out strings.Builder
	for _, row := range rows {
		for k, c := range row {
			out.WriteString(t.screen.Paint(c.Style, c.Text))
			if k < len(row)-1 {
				out.WriteString(strings.Repeat(" ", widths[k]-utf8.RuneCountInString(c.Text)) + gap)
			}
		}
		out.WriteByte('\n')
	}
	_, _ = t.screen.Out.Write([]byte(out.String()))
}
