package reference

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// prose turns a description into Markdown. Descriptions are plain text with
// code spans; methods, events and types that they name become links.
func (pg *page) prose(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, "`") {
		if i%2 == 1 {
			b.WriteString(pg.named(part))
			continue
		}
		b.WriteString(pg.words(part))
	}
	return b.String()
}

// named is a code span, linked when it is a name that can mean only one thing.
// Names of one word are left alone: they are as often those of members.
func (pg *page) named(text string) string {
	to, known := pg.names[text]
	if !known || text == pg.self || !strings.ContainsAny(text, ".-") {
		return code(text)
	}
	return pg.link(code(text), to)
}

// words escapes plain text and links the names of types in it.
func (pg *page) words(text string) string {
	var b strings.Builder
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		switch end {
		case 0:
			r, size := utf8.DecodeRuneInString(text)
			if strings.ContainsRune(`<*\`, r) {
				b.WriteByte('\\')
			}
			b.WriteString(text[:size])
			text = text[size:]
			continue
		case -1:
			end = len(text)
		}
		b.WriteString(pg.typeWord(text[:end]))
		text = text[end:]
	}
	return b.String()
}

// typeWord links a word that is a type's name. Words with a single capital are
// ordinary words at the beginning of a sentence.
func (pg *page) typeWord(word string) string {
	capitals := 0
	for _, r := range word {
		if unicode.IsUpper(r) {
			capitals++
		}
	}
	if capitals < 2 || word == pg.self {
		return word
	}
	i := slices.IndexFunc(pg.p.Types, func(t *ir.Type) bool { return pg.typeName(t) == word })
	if i < 0 {
		return word
	}
	if to, shared := pg.homes[pg.p.Types[i]]; shared {
		return pg.link(word, to)
	}
	return word
}

// firstSentence is the beginning of a description up to its first full stop.
func firstSentence(text string) string {
	inCode := false
	for i, r := range text {
		switch {
		case r == '`':
			inCode = !inCode
		case inCode || r != '.':
		case i+1 == len(text):
			return text
		case text[i+1] == ' ' || text[i+1] == '\n':
			// A small letter goes on with the sentence, as after "e.g.".
			next, _ := utf8.DecodeRuneInString(strings.TrimSpace(text[i+1:]))
			if !unicode.IsLower(next) {
				return text[:i+1]
			}
		}
	}
	return text
}
