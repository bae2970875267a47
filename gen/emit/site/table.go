package site

import (
	"html"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"
)

// table is what is known of the table that is being rendered.
type table struct {
	kind   string // class
	heads  []string
	paths  []string // of the members in the rows so far that hold the one at hand
	column int
	inHead bool
}

// The kinds of tables. Members of an object are nested; a matrix is as wide as
// it has to be, and is scrolled in itself; any other is a list of entries where
// there is little room.
const (
	fieldTable  = "fields"
	matrixTable = "matrix"
	listTable   = "list"
)

// matrixColumns is from how many columns on a table is a matrix.
const matrixColumns = 6

func (r *reader) tableNode(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		write(w, "</tbody></table></div>\n")
		r.table = nil
		return ast.WalkContinue, nil
	}
	t := &table{kind: listTable}
	for c := node.FirstChild().FirstChild(); c != nil; c = c.NextSibling() {
		t.heads = append(t.heads, plain(c, source))
	}
	scroll := ""
	switch {
	case len(t.heads) >= matrixColumns:
		t.kind = matrixTable
		scroll = ` tabindex="0" role="region" aria-label="` + html.EscapeString(t.heads[0]) + `s and who may use them"`
	case len(t.heads) == 4 && t.heads[0] == "Name" && t.heads[1] == "Type":
		t.kind = fieldTable
	}
	r.table = t
	// The roles are what the elements have anyway, and lose where they are laid out as blocks.
	write(w, `<div class="table `, t.kind, `"`, scroll, `><table role="table">`)
	return ast.WalkContinue, nil
}

func (r *reader) tableHeader(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	r.table.inHead, r.table.column = entering, 0
	if entering {
		write(w, `<thead role="rowgroup"><tr role="row">`)
	} else {
		write(w, `</tr></thead><tbody role="rowgroup">`, "\n")
	}
	return ast.WalkContinue, nil
}

func (r *reader) tableRow(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		write(w, "</tr>\n")
		return ast.WalkContinue, nil
	}
	r.table.column = 0
	write(w, `<tr role="row"`)
	if r.table.kind == fieldTable {
		write(w, ` class="depth-`, strconv.Itoa(min(r.table.descend(plain(node.FirstChild(), source)), maxDepth)), `"`)
	}
	write(w, ">")
	return ast.WalkContinue, nil
}

// maxDepth is how many levels are set off from each other.
const maxDepth = 6

// descend goes to the row of a member and tells how many rows hold it.
func (t *table) descend(path string) int {
	for len(t.paths) > 0 && !within(path, t.paths[len(t.paths)-1]) {
		t.paths = t.paths[:len(t.paths)-1]
	}
	t.paths = append(t.paths, path)
	return len(t.paths) - 1
}

// within reports whether a path leads into the value of another.
func within(path, holder string) bool {
	rest, ok := strings.CutPrefix(path, holder)
	return ok && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "["))
}

// leaf is the last part of the path of the row at hand, and what is before it.
func (t *table) leaf() (before, leaf string) {
	path := t.paths[len(t.paths)-1]
	if len(t.paths) == 1 {
		return "", path
	}
	rest := path[len(t.paths[len(t.paths)-2]):]
	for _, step := range []string{"[]", ".*"} {
		for strings.HasPrefix(rest, step) {
			rest = rest[len(step):]
		}
	}
	rest = strings.TrimPrefix(rest, ".")
	if rest == "" {
		return "", path
	}
	return path[:len(path)-len(rest)], rest
}

func (r *reader) tableCell(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	t := r.table
	first := t.column == 0 && t.kind != listTable
	tag := "td"
	if t.inHead || first {
		tag = "th"
	}
	if !entering {
		t.column++
		write(w, "</", tag, ">")
		return ast.WalkContinue, nil
	}
	switch {
	case t.inHead:
		write(w, `<th role="columnheader" scope="col">`)
	case first:
		write(w, `<th role="rowheader" scope="row">`)
		if t.kind == fieldTable {
			before, leaf := t.leaf()
			write(w, "<code>")
			if before != "" {
				write(w, `<span class="path">`, html.EscapeString(before), "</span>")
			}
			write(w, html.EscapeString(leaf), "</code>")
			return ast.WalkSkipChildren, nil
		}
	default:
		write(w, `<td role="cell"`)
		switch mark := plain(node, source); {
		case t.kind == matrixTable && mark == "✓":
			write(w, ` class="yes"`)
		case t.kind == matrixTable:
			write(w, ` class="no"`)
		}
		if t.kind == fieldTable && t.column == 2 {
			word, _, _ := strings.Cut(plain(node, source), " ")
			write(w, ` class="`, html.EscapeString(word), `"`)
		}
		if t.column < len(t.heads) && t.kind == listTable {
			write(w, ` data-label="`, html.EscapeString(t.heads[t.column]), `"`)
		}
		write(w, ">")
	}
	return ast.WalkContinue, nil
}
