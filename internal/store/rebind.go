package store

import (
	"strconv"
	"strings"
	"sync"
)

// rebinder turns the ? of a query into PostgreSQL's $1, $2, … and remembers
// what it made: the queries of a program are few and constant.
type rebinder struct {
	mu   sync.RWMutex
	made map[string]string
}

// maxRebound bounds the memory of a rebinder, should somebody build queries
// from data.
const maxRebound = 2048

func (r *rebinder) rebind(query string) string {
	r.mu.RLock()
	bound, ok := r.made[query]
	r.mu.RUnlock()
	if ok {
		return bound
	}
	bound = rebind(query)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made == nil {
		r.made = make(map[string]string)
	}
	if len(r.made) < maxRebound {
		r.made[query] = bound
	}
	return bound
}

// rebind numbers the placeholders of a query. A ? inside a string, a quoted
// name or a comment stays, and so does ??, as one ?, for PostgreSQL's operators
// of that name. ?3 is the third argument, as it is in SQLite.
func rebind(query string) string {
	if !strings.Contains(query, "?") {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 8)
	n := 0
	for i := 0; i < len(query); {
		if end := skipLiteral(query, i); end > i {
			b.WriteString(query[i:end])
			i = end
			continue
		}
		if query[i] != '?' {
			b.WriteByte(query[i])
			i++
			continue
		}
		i++
		switch {
		case i < len(query) && query[i] == '?':
			b.WriteByte('?')
			i++
		case i < len(query) && isDigit(query[i]):
			b.WriteByte('$') // the number follows as it stands
		default:
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		}
	}
	return b.String()
}

// skipLiteral gives the end of the string, quoted name or comment that begins
// at i, or i when none does. One that never ends reaches to the query's end:
// the database will say what is wrong with it.
func skipLiteral(query string, i int) int {
	rest := query[i:]
	switch {
	case rest[0] == '\'':
		return skipQuoted(query, i, '\'', i > 0 && isEscapeMark(query, i-1))
	case rest[0] == '"':
		return skipQuoted(query, i, '"', false)
	case strings.HasPrefix(rest, "--"):
		if n := strings.IndexByte(rest, '\n'); n >= 0 {
			return i + n
		}
		return len(query)
	case strings.HasPrefix(rest, "/*"):
		return skipComment(query, i)
	case rest[0] == '$':
		return skipDollar(query, i)
	}
	return i
}

// skipQuoted takes a doubled quote for a part of the text, and, in PostgreSQL's
// E'…', whatever follows a backslash.
func skipQuoted(query string, i int, quote byte, escapes bool) int {
	for i++; i < len(query); i++ {
		switch {
		case escapes && query[i] == '\\':
			i++
		case query[i] != quote:
		case i+1 < len(query) && query[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(query)
}

// isEscapeMark tells an E before a quote that is a word of its own.
func isEscapeMark(query string, i int) bool {
	return (query[i] == 'E' || query[i] == 'e') && (i == 0 || !isWord(query[i-1]))
}

// skipComment follows PostgreSQL in letting comments nest.
func skipComment(query string, i int) int {
	for depth := 0; i+1 < len(query); {
		switch query[i : i+2] {
		case "/*":
			depth++
			i += 2
		case "*/":
			depth--
			i += 2
			if depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return len(query)
}

// skipDollar passes $tag$ … $tag$. A $ that opens none, as in $1, is nothing
// special.
func skipDollar(query string, i int) int {
	if i > 0 && isWord(query[i-1]) {
		return i
	}
	end := i + 1
	for end < len(query) && isWord(query[end]) {
		end++
	}
	if end == len(query) || query[end] != '$' || (end > i+1 && isDigit(query[i+1])) {
		return i
	}
	tag := query[i : end+1]
	if n := strings.Index(query[end+1:], tag); n >= 0 {
		return end + 1 + n + len(tag)
	}
	return len(query)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWord(c byte) bool {
	return c == '_' || isDigit(c) || (c|0x20 >= 'a' && c|0x20 <= 'z') || c >= 0x80
}
