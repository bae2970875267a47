package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteText prints the findings for people: one line each, with the offending
// source line and a marker below it. Source gives a file's text; nil, or a nil
// answer, leaves the excerpt out.
func WriteText(w io.Writer, list List, source func(file string) []byte) error {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%s\n", d)
		if source != nil {
			writeExcerpt(&b, d.Pos, source(d.Pos.File))
		}
		for _, r := range d.Related {
			fmt.Fprintf(&b, "    %s: %s\n", r.Pos, r.Message)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// excerptWidth is how much of a long line is shown, so that a minified file
// does not flood the terminal.
const excerptWidth = 120

func writeExcerpt(b *strings.Builder, pos Pos, text []byte) {
	if pos.Line == 0 || text == nil {
		return
	}
	lines := strings.Split(string(text), "\n")
	if pos.Line > len(lines) {
		return
	}
	line := strings.TrimRight(lines[pos.Line-1], "\r")
	col := min(pos.Col-1, len(line))
	if len(line) > excerptWidth {
		from := max(0, col-excerptWidth/2)
		line = line[from:min(len(line), from+excerptWidth)]
		col -= from
	}
	marker := strings.Map(func(r rune) rune {
		if r == '\t' {
			return '\t'
		}
		return ' '
	}, strings.ToValidUTF8(line[:col], "?"))
	fmt.Fprintf(b, "%6d | %s\n       | %s^\n", pos.Line, strings.ToValidUTF8(line, "?"), marker)
}

// WriteJSON prints the findings as one JSON array, for tools.
func WriteJSON(w io.Writer, list List) error {
	if list == nil {
		list = List{}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}
