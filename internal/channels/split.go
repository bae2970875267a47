package channels

import (
	"fmt"

	"github.com/gatesmith/gatesmith/internal/channels/markup"
)

// SplitText divides a message that is no poll: its text rendered in a dialect, at
// most so many characters in a part, and its files. A text that fits is the
// caption of the first file; caption is how long it may be, 0 where there are none.
func SplitText(m *Message, d *markup.Dialect, most, caption int) []Part {
	var parts []Part
	add := func(p Part) {
		p.ID, p.To = PartID(m, len(parts)), m.To
		if len(parts) == 0 {
			p.ReplyTo = m.ReplyTo
		}
		parts = append(parts, p)
	}
	var below *markup.Chunk
	if len(m.Media) > 0 && caption > 0 {
		if chunks := markup.Split(m.Text, d, caption); len(chunks) == 1 {
			below = &chunks[0]
		}
	}
	if below == nil {
		for _, c := range markup.Split(m.Text, d, most) {
			add(Part{Text: c.Text, Plain: c.Plain})
		}
	}
	for k, address := range m.Media {
		p := Part{Media: address, GIF: m.GIF}
		if k == 0 && below != nil {
			p.Text, p.Plain = below.Text, below.Plain
		}
		add(p)
	}
	return parts
}

// PartID names a part of a message.
func PartID(m *Message, n int) string { return fmt.Sprintf("%s/%d", m.ID, n) }
