package logging

import (
	"regexp"
	"strings"
)

// secretWords are names of secrets in lower case, without what joins words. A
// name that ends in one of them is the name of a secret: deviceToken,
// x-api-key, GATEWAY_PASSWORD.
var secretWords = []string{
	"token", "secret", "password", "passwd", "passphrase", "apikey", "accesskey", "secretkey", "privatekey", "signingkey",
	"authorization", "cookie", "credential", "bearer",
}

// secrecy is what a name says of its value.
type secrecy uint8

const (
	public  secrecy = iota
	several         // many secrets, or a number that counts something: maxTokens
	secret
)

// secrecyOf judges a name.
func secrecyOf(name string) secrecy {
	plain := strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			return c
		case 'A' <= c && c <= 'Z':
			return c + 'a' - 'A'
		}
		return -1
	}, name)
	for _, word := range secretWords {
		switch {
		case strings.HasSuffix(plain, word), strings.HasSuffix(plain, word+"value"):
			return secret
		case strings.HasSuffix(plain, word+"s"):
			return several
		}
	}
	if strings.Contains(plain, "password") {
		return secret // passwordHash
	}
	return public
}

// The patterns find secrets that nobody registered by what stands around them.
// What the first group matches is kept.
var patterns = func() []pattern {
	// The words again, with a hyphen or underscore between the parts.
	name := `(?i:[a-z0-9_.-]*(?:token|secret|password|passwd|passphrase|(?:api|access|secret|private|signing)[_-]?key|authorization|cookie|credential))`
	names := []string{"token", "secret", "passw", "passphrase", "key", "authorization", "cookie", "credential"}
	return []pattern{
		// https://ada:secret@host
		{"@", []string{"://"}, regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#"'<>\\]*@`), "${1}" + Mask + "@"},
		// "token": "secret", and the same within a JSON string
		{`"`, names, regexp.MustCompile(`("` + name + `"\s*:\s*")(?:[^"\\]|\\.)+`), "${1}" + Mask},
		{`\"`, names, regexp.MustCompile(`(\\"` + name + `\\"\s*:\s*\\")(?:[^"\\]|\\\\\\.|\\[^"\\])+`), "${1}" + Mask},
		// ?token=secret, password='secret'
		{"=", names, regexp.MustCompile(`(` + name + `=)(?:"[^"]*"|'[^']*'|[^\s&;,"'<>()\[\]{}]+)`), "${1}" + Mask},
		// Cookie: name=secret
		{":", []string{"authorization", "cookie", "x-"}, regexp.MustCompile(`((?i:\b(?:proxy-)?authorization|\b(?:set-)?cookie|\bx-[a-z-]*(?:token|key)):\s*)[^\s"][^\r\n"]*`), "${1}" + Mask},
		// Bearer secret
		{" ", []string{"bearer"}, regexp.MustCompile(`((?i:\bbearer)\s+)[A-Za-z0-9._~+/=-]{12,}`), "${1}" + Mask},
	}
}()

// pattern is applied to texts that have the sign and one of the words, in
// capitals or not: looking for those costs far less than the expression.
type pattern struct {
	sign    string
	words   []string
	match   *regexp.Regexp
	instead string
}

// Mask returns the text without secrets: those that are registered, in the
// usual encodings too, and those that are recognised by what stands around
// them, such as the user of a URL.
func (s *Secrets) Mask(text string) string {
	text = s.hide(text)
	before := text
	for _, p := range patterns {
		if strings.Contains(text, p.sign) && mentions(text, p.words) {
			text = p.match.ReplaceAllString(text, p.instead)
		}
	}
	if text != before {
		text = s.hide(text) // what was apart may have come together
	}
	return text
}

// mentions reports whether one of the words, in lower case, stands in a text.
func mentions(text string, words []string) bool {
	for _, word := range words {
		for i := 0; i+len(word) <= len(text); i++ {
			if text[i]|0x20 == word[0]|0x20 && strings.EqualFold(text[i:i+len(word)], word) {
				return true
			}
		}
	}
	return false
}
