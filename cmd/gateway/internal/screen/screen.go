// Package screen prints for people and for programs: aligned tables, relative
// times, colours where they are seen, and JSON.
package screen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/mattn/go-isatty"
)

// Screen is where a command prints.
type Screen struct {
	Out, Err io.Writer
	JSON     bool // for programs: --json
	Terminal bool // a person sees Out at once
	Colour   bool
	Now      func() time.Time
}

// New looks at what the output is. Colours are for terminals, and never with
// NO_COLOR.
func New(out, errs io.Writer, asJSON bool, env func(string) string) *Screen {
	s := &Screen{Out: out, Err: errs, JSON: asJSON, Terminal: IsTerminal(out), Now: time.Now}
	s.Colour = s.Terminal && !asJSON && env("NO_COLOR") == "" && env("TERM") != "dumb"
	return s
}

// IsTerminal reports whether a stream is a person's terminal.
func IsTerminal(stream any) bool {
	if wrapped, ok := stream.(interface{ Unwrap() io.Writer }); ok {
		stream = wrapped.Unwrap()
	}
	f, ok := stream.(*os.File)
	return ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd()))
}

// Value prints something as JSON: on one line for programs.
func (s *Screen) Value(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return s.Raw(data)
}

// Raw prints JSON as it is: indented on a terminal, on one line otherwise.
func (s *Screen) Raw(data []byte) error {
	var out bytes.Buffer
	var err error
	if s.Terminal && !s.JSON {
		err = json.Indent(&out, data, "", "  ")
	} else {
		err = json.Compact(&out, data)
	}
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	out.WriteByte('\n')
	_, err = s.Out.Write(out.Bytes())
	return err
}

// Line prints a line of text for people.
func (s *Screen) Line(format string, args ...any) {
	fmt.Fprintf(s.Out, format+"\n", args...)
}

// Style is how a text looks on a terminal.
type Style string

// The styles.
const (
	Plain  Style = ""
	Strong Style = "1"
	Faint  Style = "2"
	Bad    Style = "31"
	Good   Style = "32"
	Doubt  Style = "33"
)

// Text is a text with a style.
type Text struct {
	Text  string
	Style Style
}

// Styled gives a text a style.
func Styled(style Style, text string) Text { return Text{text, style} }

// Paint gives a text as it is to be written.
func (s *Screen) Paint(style Style, text string) string {
	text = Clean(text)
	if !s.Colour || style == Plain || text == "" {
		return text
	}
	return "\x1b[" + string(style) + "m" + text + "\x1b[0m"
}

// Clean takes out what would move the cursor or change colours: names and
// texts come from other people's programs.
func Clean(text string) string {
	if !strings.ContainsFunc(text, unprintable) {
		return text
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unprintable(r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

func unprintable(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}
