// Package markup renders Markdown, as agents write it, in the dialects of
// messengers, and splits it into messages that are not too long.
//
// A text is split between blocks where that is possible, else between lines or
// words. What is open where a message ends, such as a block of code, is closed
// there and opened again in the next.
package markup

import (
	"strings"
	"unicode/utf8"
)

// Style is a kind of formatting.
type Style int

// The styles.
const (
	Bold Style = iota + 1
	Italic
	Strike
	Code
	Pre // a block of code; its argument is the language
	Link
	Quote
)

// Dialect is how a messenger wants its texts.
type Dialect struct {
	// Escape makes a piece of text harmless; in is the innermost style around it,
	// 0 where there is none.
	Escape func(text string, in Style) string
	// Open and Close are what stands before and after a style. The argument is a
	// link's address, or the language of a block of code. nil: nothing does.
	Open, Close func(s Style, argument string) string
	// QuotePrefix stands before each line of a quote, where Open has nothing for it.
	QuotePrefix string
	// Length is how the messenger counts; nil: characters.
	Length func(text string) int
}

// Chunk is one message.
type Chunk struct {
	Text  string // in the dialect
	Plain string // without any
}

// Split renders a text as messages of at most so many characters each.
func Split(markdown string, d *Dialect, most int) []Chunk {
	w := &writer{d: d, most: most}
	for _, b := range parse(markdown) {
		w.block(b)
	}
	w.flush()
	return w.chunks
}

// Clip renders as much of a text as one message takes, and gives the rest of it
// as further ones.
func Clip(markdown string, d *Dialect, first, most int) (Chunk, []Chunk) {
	whole := Split(markdown, d, first)
	if len(whole) <= 1 {
		return append(whole, Chunk{})[0], nil
	}
	return Chunk{}, Split(markdown, d, most)
}

// UTF16 counts as JavaScript, Telegram and others do.
func UTF16(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// token is a piece of a block: text, or the beginning or end of a style.
type token struct {
	text     string
	style    Style
	end      bool
	argument string
}

// block is what belongs together.
type block []token

// writer puts blocks into messages.
type writer struct {
	d      *Dialect
	most   int
	open   []token // styles, the outermost first
	at     []int   // where each begins in the text
	last   int     // where the last word ends in the text
	text   strings.Builder
	plain  strings.Builder
	said   bool // the message has more than what was opened again
	chunks []Chunk
}

func (w *writer) length(text string) int {
	if w.d.Length != nil {
		return w.d.Length(text)
	}
	return utf8.RuneCountInString(text)
}

// block writes a block, into a message of its own where it would have to be split
// otherwise and need not be.
func (w *writer) block(b block) {
	gap := "\n\n"
	if w.text.Len() == 0 {
		gap = ""
	}
	size := w.size(b)
	if gap != "" && w.length(w.text.String())+len(gap)+size > w.most && size <= w.most {
		w.flush()
		gap = ""
	}
	w.raw(gap)
	for _, t := range b {
		switch {
		case t.text != "":
			w.write(t.text)
		case t.end:
			w.shut()
		default:
			w.begin(t)
		}
	}
}

// size is how long a block is by itself.
func (w *writer) size(b block) int {
	x := &writer{d: w.d, most: int(^uint(0) >> 1)}
	for _, t := range b {
		switch {
		case t.text != "":
			x.write(t.text)
		case t.end:
			x.shut()
		default:
			x.begin(t)
		}
	}
	return x.length(x.text.String())
}

// raw writes line breaks between blocks.
func (w *writer) raw(gap string) {
	w.text.WriteString(gap)
	w.plain.WriteString(gap)
}

func (w *writer) begin(t token) {
	if w.said && w.length(w.text.String())+w.length(w.opening(t))+w.length(w.ending(t))+w.closing() >= w.most {
		w.flush()
	}
	w.open, w.at = append(w.open, t), append(w.at, w.text.Len())
	w.text.WriteString(w.opening(t))
}

func (w *writer) opening(t token) string {
	if t.style == Quote && w.d.QuotePrefix != "" {
		return w.d.QuotePrefix
	}
	if w.d.Open == nil {
		return ""
	}
	return w.d.Open(t.style, t.argument)
}

func (w *writer) ending(t token) string {
	if w.d.Close == nil || t.style == Quote && w.d.QuotePrefix != "" {
		return ""
	}
	return w.d.Close(t.style, t.argument)
}

func (w *writer) shut() {
	if len(w.open) == 0 {
		return
	}
	t := w.open[len(w.open)-1]
	w.open, w.at = w.open[:len(w.open)-1], w.at[:len(w.at)-1]
	w.text.WriteString(w.ending(t))
	if t.style == Link && !strings.HasSuffix(strings.TrimSuffix(w.plain.String(), "/"), strings.TrimSuffix(t.argument, "/")) {
		w.plain.WriteString(" (" + t.argument + ")")
	}
}

// closing is how much the styles take that are open.
func (w *writer) closing() int {
	n := 0
	for _, t := range w.open {
		n += w.length(w.ending(t))
	}
	return n
}

// write writes text, word by word.
func (w *writer) write(text string) {
	for text != "" {
		word := firstWord(text)
		if n := len(w.open); n > 0 && w.open[n-1].style == Pre {
			word = firstLine(text)
		}
		if w.put(word) {
			text = text[len(word):]
			continue
		}
		if w.said {
			w.flush()
			text = strings.TrimPrefix(strings.TrimLeft(text, " "), "\n")
			continue
		}
		// A word that no message has room for.
		part := w.fitting(word)
		w.force(part)
		text = text[len(part):]
	}
}

// put writes a word if there is room for it.
func (w *writer) put(word string) bool {
	escaped := w.escape(word)
	if w.length(w.text.String())+w.length(escaped)+w.closing() > w.most {
		return false
	}
	w.force(word)
	return true
}

func (w *writer) force(word string) {
	w.text.WriteString(w.escape(word))
	w.plain.WriteString(word)
	w.last = w.text.Len()
	w.said = w.said || strings.TrimSpace(word) != ""
}

// escape makes a word harmless; quotes go on behind a line break.
func (w *writer) escape(word string) string {
	in := Style(0)
	prefix := ""
	for _, t := range w.open {
		if t.style == Quote && w.d.QuotePrefix != "" {
			prefix += w.d.QuotePrefix
			continue
		}
		in = t.style
	}
	if w.d.Escape != nil {
		word = w.d.Escape(word, in)
	}
	if prefix != "" {
		word = strings.ReplaceAll(word, "\n", "\n"+prefix)
	}
	return word
}

// fitting is as much of a word as there is room for, at least a character.
func (w *writer) fitting(word string) string {
	room := w.most - w.length(w.text.String()) - w.closing()
	end := 0
	for end < len(word) {
		_, size := utf8.DecodeRuneInString(word[end:])
		if end > 0 && w.length(w.escape(word[:end+size])) > room {
			break
		}
		end += size
	}
	return word[:end]
}

// flush ends a message and begins the next with what is open. A style of which
// nothing was said yet begins there only.
func (w *writer) flush() {
	if w.said {
		text := w.text.String()
		said := len(w.open)
		for said > 0 && w.at[said-1] >= w.last {
			said--
			text = text[:w.at[said]]
		}
		for k := said - 1; k >= 0; k-- {
			text += w.ending(w.open[k])
		}
		w.chunks = append(w.chunks, Chunk{Text: strings.TrimRight(text, " \n"), Plain: strings.TrimSpace(w.plain.String())})
	}
	w.text.Reset()
	w.plain.Reset()
	w.said, w.last = false, 0
	for k, t := range w.open {
		w.at[k] = w.text.Len()
		w.text.WriteString(w.opening(t))
	}
}

// firstLine is the text up to a line break, or the line break.
func firstLine(text string) string {
	if text[0] == '\n' {
		return text[:1]
	}
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// firstWord is a word with the blanks before it, or a line break.
func firstWord(text string) string {
	if text[0] == '\n' {
		return text[:1]
	}
	begun := false
	for k, r := range text {
		switch {
		case r == '\n':
			return text[:k]
		case r != ' ' && r != '\t':
			begun = true
		case begun:
			return text[:k]
		}
	}
	return text
}
