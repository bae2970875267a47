package llm

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// ErrorKind is what went wrong, as far as callers act on it.
type ErrorKind string

// The kinds.
const (
	ErrCredentials ErrorKind = "credentials" // there is no key, or it was refused
	ErrQuota       ErrorKind = "quota"       // the account has nothing left to spend
	ErrRateLimit   ErrorKind = "rateLimit"   // too many requests for now
	ErrOverloaded  ErrorKind = "overloaded"  // the service has too much to do
	ErrServer      ErrorKind = "server"      // the service failed
	ErrNetwork     ErrorKind = "network"     // the service can't be reached, or hung up
	ErrTimeout     ErrorKind = "timeout"     // nothing came for too long
	ErrContext     ErrorKind = "context"     // the conversation does not fit the model
	ErrModel       ErrorKind = "model"       // there is no such model
	ErrInvalid     ErrorKind = "invalid"     // the service refuses the request as it is
	ErrAnswer      ErrorKind = "answer"      // what came is not what the API promises
)

// Error is a failure of a provider. Its texts may be shown to anybody: they
// hold no key, no header and no URL with a user in it.
type Error struct {
	Provider   string
	Kind       ErrorKind
	Status     int           // of HTTP; 0 when it did not come to that
	Message    string        // what went wrong, in a sentence
	Retryable  bool          // the same request may succeed later
	RetryAfter time.Duration // when the service says to come back; 0 when it does not
	Setting    string        // what to set to make it work, such as "ANTHROPIC_API_KEY"; "" when that is not it
}

// Error names the provider, what was wrong and what to set.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Provider)
	b.WriteString(": ")
	b.WriteString(e.Message)
	if e.Status != 0 {
		b.WriteString(" (HTTP ")
		b.WriteString(strconv.Itoa(e.Status))
		b.WriteString(")")
	}
	if e.Setting != "" {
		b.WriteString(": set ")
		b.WriteString(e.Setting)
	}
	return b.String()
}

// maxErrorText bounds what a service says of an error, in bytes.
const maxErrorText = 300

// Clip makes one short line of what a service said: it may be a web page.
func Clip(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == utf8.RuneError }), " ")
	if len(text) <= maxErrorText {
		return text
	}
	cut := maxErrorText
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
