// Package name turns what schema files call things into names for target
// languages. A Name is a list of lower-case words; each target joins them in
// its own way.
package name

import (
	"slices"
	"strings"
	"unicode"
)

// Name is a sequence of lower-case words.
type Name struct {
	words string // joined by a space
}

// Empty reports whether the name has no words.
func (n Name) Empty() bool { return n.words == "" }

// None is the empty name.
func (n Name) None() Name { return Name{} }

// Words lists the words.
func (n Name) Words() []string { return strings.Fields(n.words) }

// Append returns the name followed by the words of others.
func (n Name) Append(others ...Name) Name {
	words := n.Words()
	for _, o := range others {
		words = append(words, o.Words()...)
	}
	return Name{strings.Join(words, " ")}
}

// Split cuts text into words: at every character that is no letter or digit,
// and where the case changes (sessionKey, TTSConvert). A plus sign is a word
// of its own, so that steer+backlog and steer-backlog stay apart.
func Split(text string) Name {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(text)
	for i, r := range runes {
		switch {
		case r == '+':
			flush()
			words = append(words, "plus")
			continue
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r):
			afterLower := i > 0 && !unicode.IsUpper(runes[i-1])
			beforeLower := i > 0 && unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1]) && !pluralOfInitialism(runes, i)
			if afterLower || beforeLower {
				flush()
			}
		}
		word = append(word, r)
	}
	flush()
	return Name{strings.Join(words, " ")}
}

// pluralOfInitialism reports whether runes[i] is the last capital of a plural
// such as IDs or URLs, whose s belongs to the word.
func pluralOfInitialism(runes []rune, i int) bool {
	return i+1 < len(runes) && runes[i+1] == 's' && (i+2 == len(runes) || !unicode.IsLower(runes[i+2]))
}

// Pascal joins the words as ChatSendParams; words among initialisms (given in
// capitals) are written in capitals, their plurals as IDs.
func (n Name) Pascal(initialisms []string) string {
	var b strings.Builder
	for _, w := range n.Words() {
		b.WriteString(capitalize(w, initialisms))
	}
	return b.String()
}

// Camel joins the words as sessionKey.
func (n Name) Camel(initialisms []string) string {
	words := n.Words()
	if len(words) == 0 {
		return ""
	}
	return words[0] + Name{strings.Join(words[1:], " ")}.Pascal(initialisms)
}

// Snake joins the words as session_key.
func (n Name) Snake() string { return strings.ReplaceAll(n.words, " ", "_") }

// Kebab joins the words as session-key.
func (n Name) Kebab() string { return strings.ReplaceAll(n.words, " ", "-") }

func capitalize(w string, initialisms []string) string {
	up := strings.ToUpper(w)
	if slices.Contains(initialisms, up) {
		return up
	}
	if s, plural := strings.CutSuffix(up, "S"); plural && slices.Contains(initialisms, s) {
		return s + "s"
	}
	r := []rune(w)
	r[0] = unicode.ToUpper(r[0])
	return string(r)
}

// MarshalText writes the words with spaces between.
func (n Name) MarshalText() ([]byte, error) { return []byte(n.words), nil }
