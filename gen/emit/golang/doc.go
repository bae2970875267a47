package golang

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gatesmith/gatesmith/gen/ir"
)

// commentWidth is where comments are wrapped.
const commentWidth = 96

// doc wraps text into a comment.
func doc(text string) string {
	var lines []string
	for _, paragraph := range strings.Split(text, "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > commentWidth {
				lines = append(lines, line)
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += word
		}
		lines = append(lines, line)
	}
	return "// " + strings.Join(lines, "\n// ")
}

// sentence begins a description with the name it belongs to, as Go doc
// comments do: verbs and articles follow the name, other texts stand after a
// colon.
func sentence(name, text string) string {
	first, _, _ := strings.Cut(text, " ")
	switch first {
	case "":
		return name + " is declared by the schema."
	case "A", "An", "The":
		return name + " is " + lowerFirst(text)
	}
	return name + ": " + text
}

// action begins a description of what something does with its name: "Sends a
// message" becomes "ChatSend sends a message".
func action(name, text string) string {
	if first, _, _ := strings.Cut(text, " "); strings.HasSuffix(strings.TrimRight(first, ".,"), "s") {
		return name + " " + lowerFirst(text)
	}
	return sentence(name, text)
}

// indefinite puts an article before a name.
func indefinite(name string) string {
	if strings.ContainsRune("AEIOU", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// deprecation is the paragraph that tools know a deprecated thing by.
func deprecation(d *ir.Deprecation) string {
	if d.Use == "" {
		return fmt.Sprintf("Deprecated: since version %d.", d.Since)
	}
	return "Deprecated: use " + d.Use + "."
}

func lowerFirst(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	second, _ := utf8.DecodeRuneInString(text[size:])
	if unicode.IsUpper(second) {
		return text // an initialism
	}
	return string(unicode.ToLower(r)) + text[size:]
}

// firstSentence cuts a description after its first sentence.
func firstSentence(text string) string {
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}
