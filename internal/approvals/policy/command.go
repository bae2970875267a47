package policy

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Command is a command that is to run, exactly.
type Command struct {
	Argv  []string
	Raw   string            // as somebody wrote it, where that is something else than Argv
	Cwd   string            // "": where the machine runs commands
	Env   map[string]string // that it gets beside the machine's own
	Node  string            // the machine; "": the gateway's
	Agent string            // for whom; "": nobody said
}

// String is the command as a person should read it: what a POSIX shell would
// take for the same words.
func (c *Command) String() string {
	if len(c.Argv) == 0 {
		return c.Raw
	}
	return Quote(c.Argv)
}

// Digest names the command: two have the same one only if they are the same in
// everything.
func (c *Command) Digest() string {
	// Each part goes in behind its length, and each list behind its own, so that
	// no text can be split in another way.
	b := []byte("exec approval 1\n")
	number := func(n int) { b = binary.AppendUvarint(b, uint64(n)) }
	text := func(s string) {
		number(len(s))
		b = append(b, s...)
	}
	number(len(c.Argv))
	for _, a := range c.Argv {
		text(a)
	}
	text(c.Raw)
	text(c.Cwd)
	number(len(c.Env))
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		text(name)
		text(c.Env[name])
	}
	text(c.Node)
	text(c.Agent)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Quote writes words so that a person can tell them apart. Nothing in them can
// pass for something else: what does not print is written as its number.
func Quote(argv []string) string {
	var b strings.Builder
	for k, a := range argv {
		if k > 0 {
			b.WriteByte(' ')
		}
		quote(&b, a)
	}
	return b.String()
}

func quote(b *strings.Builder, word string) {
	plain, prints := word != "", true
	for _, r := range word {
		plain = plain && (r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') || strings.ContainsRune("@%+=:,./-_", r))
		prints = prints && unicode.IsPrint(r) && r != utf8.RuneError
	}
	switch {
	case plain:
		b.WriteString(word)
	case prints:
		b.WriteString("'" + strings.ReplaceAll(word, "'", `'\''`) + "'")
	default:
		escape(b, word)
	}
}

// escape writes a word in the form $'…'.
func escape(b *strings.Builder, word string) {
	const digits = "0123456789abcdef"
	b.WriteString("$'")
	for k := 0; k < len(word); {
		r, size := utf8.DecodeRuneInString(word[k:])
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		case unicode.IsPrint(r) && r != utf8.RuneError:
			b.WriteRune(r)
		default:
			for _, c := range []byte(word[k : k+size]) {
				b.WriteString(`\x` + string([]byte{digits[c>>4], digits[c&15]}))
			}
		}
		k += size
	}
	b.WriteByte('\'')
}
