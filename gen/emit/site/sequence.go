package site

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// sequenceLanguage marks a fence as a sequence of messages. Each line is a
// message or a note:
//
//	client -> gateway: what is sent
//	gateway --> client: what comes back
//	note gateway: what happens there
//
// It is readable as it stands, and drawn on the site.
const sequenceLanguage = "sequence"

var (
	messageLine = regexp.MustCompile(`^(\w[\w ]*?) (-->|->) (\w[\w ]*?): (.+)$`)
	noteLine    = regexp.MustCompile(`^note (\w[\w ]*?): (.+)$`)
)

// step is a message from one to another, or a note at one.
type step struct {
	from, to int
	note     bool
	reply    bool
	lines    []string
}

// sequence is a diagram as it was written.
type sequence struct {
	who   []string
	steps []step
}

func (q *sequence) index(name string) int {
	i := slices.Index(q.who, name)
	if i < 0 {
		q.who = append(q.who, name)
		i = len(q.who) - 1
	}
	return i
}

func parseSequence(text string) (*sequence, error) {
	q := &sequence{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if m := messageLine.FindStringSubmatch(line); m != nil {
			from, to := q.index(m[1]), q.index(m[3])
			if from == to {
				return nil, fmt.Errorf("in a sequence, %q leads from one to itself: expected a note", line)
			}
			q.steps = append(q.steps, step{from: from, to: to, reply: m[2] == "-->", lines: []string{m[4]}})
			continue
		}
		m := noteLine.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("in a sequence, %q is neither a message (a -> b: text) nor a note (note a: text)", line)
		}
		at := q.index(m[1])
		q.steps = append(q.steps, step{from: at, to: at, note: true, lines: []string{m[2]}})
	}
	if len(q.steps) == 0 {
		return nil, fmt.Errorf("a sequence has no messages")
	}
	return q, nil
}

// The measures of a diagram. It is narrow, so that it can be read on a phone
// without being scrolled.
const (
	laneWidth  = 230 // of two
	manyWidth  = 158 // of more
	laneMargin = 70
	lineHeight = 17
	charWidth  = 7
	headHeight = 34
)

// sequenceSVG draws a sequence. Its colours are the stylesheet's.
func sequenceSVG(text, id string) (string, error) {
	q, err := parseSequence(text)
	if err != nil {
		return "", err
	}
	lane := laneWidth
	if len(q.who) > 2 {
		lane = manyWidth
	}
	width := 2*laneMargin + lane*(max(len(q.who), 2)-1)
	x := func(i int) int { return laneMargin + i*lane }
	var body strings.Builder
	y := headHeight + 16
	for _, st := range q.steps {
		if st.note {
			y = drawNote(&body, st, x(st.from), y, width)
		} else {
			y = drawMessage(&body, st, x(st.from), x(st.to), y, id)
		}
	}
	height := y + 8
	var b strings.Builder
	fmt.Fprintf(&b, `<figure class="sequence"><svg viewBox="0 0 %d %d" width="%[1]d" height="%d" role="img" aria-labelledby="%s">`, width, height, id+"-title")
	fmt.Fprintf(&b, `<title id="%s-title">%s</title>`, id, html.EscapeString(q.words()))
	fmt.Fprintf(&b, `<defs><marker id="%s-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>`, id)
	for i, name := range q.who {
		fmt.Fprintf(&b, `<line class="lane" x1="%d" y1="%d" x2="%[1]d" y2="%[3]d"/>`, x(i), headHeight, height)
		fmt.Fprintf(&b, `<rect class="who" x="%d" y="2" width="124" height="%d" rx="6"/><text class="who" x="%d" y="%d">%s</text>`, x(i)-62, headHeight-4, x(i), headHeight/2+5, html.EscapeString(name))
	}
	return b.String() + body.String() + "</svg></figure>\n", nil
}

// drawMessage draws an arrow with its text above, and gives where it ends.
func drawMessage(b *strings.Builder, st step, from, to, y int, id string) int {
	middle, class := (from+to)/2, "message"
	if st.reply {
		class = "message reply"
	}
	span := max(from, to) - min(from, to)
	for _, line := range wrapText(st.lines[0], (span-12)/charWidth) {
		fmt.Fprintf(b, `<text class="said" x="%d" y="%d">%s</text>`, middle, y, html.EscapeString(line))
		y += lineHeight
	}
	y -= lineHeight - 8
	gap := 2
	if to < from {
		gap = -2
	}
	fmt.Fprintf(b, `<line class="%s" x1="%d" y1="%d" x2="%d" y2="%[3]d" marker-end="url(#%[5]s-head)"/>`, class, from+gap, y, to-gap, id)
	return y + 29
}

// drawNote draws a box at a lane.
func drawNote(b *strings.Builder, st step, at, y, width int) int {
	lines := wrapText(st.lines[0], 28)
	longest := 0
	for _, l := range lines {
		longest = max(longest, utf8.RuneCountInString(l))
	}
	w := longest*charWidth + 20
	left := min(max(at-w/2, 2), width-w-2)
	fmt.Fprintf(b, `<rect class="note" x="%d" y="%d" width="%d" height="%d" rx="4"/>`, left, y-14, w, len(lines)*lineHeight+10)
	for k, line := range lines {
		fmt.Fprintf(b, `<text class="said" x="%d" y="%d">%s</text>`, left+w/2, y+4+k*lineHeight, html.EscapeString(line))
	}
	return y + len(lines)*lineHeight + 22
}

// wrapText breaks a text into lines of a width in characters.
func wrapText(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// words tell the sequence to those who don't see it.
func (q *sequence) words() string {
	var parts []string
	for _, st := range q.steps {
		if st.note {
			parts = append(parts, q.who[st.from]+": "+st.lines[0])
			continue
		}
		parts = append(parts, q.who[st.from]+" to "+q.who[st.to]+": "+st.lines[0])
	}
	return strings.Join(parts, "; ")
}
