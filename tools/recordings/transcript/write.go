package transcript

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Write gives exchanges and events as a recording that Read reads back. Each
// exchange has a connection of its own, so that ids cannot clash; times are
// left out.
func Write(exchanges []*Exchange, events []*Event, matrices []Matrix) ([]byte, error) {
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	for n, x := range exchanges {
		conn := fmt.Sprint(n + 1)
		sent := line{From: x.Source, Dir: "c2s", Conn: conn, Frame: x.Text}
		if x.Odd {
			text := string(x.Text)
			sent.Frame, sent.Raw = nil, &text
		}
		if err := lines.Encode(sent); err != nil {
			return nil, fmt.Errorf("%s: %w", x.Source, err)
		}
		for _, a := range x.Answers {
			if err := lines.Encode(line{From: a.Source, Dir: "s2c", Conn: conn, Frame: a.Recorded}); err != nil {
				return nil, fmt.Errorf("%s: %w", a.Source, err)
			}
		}
	}
	for _, e := range events {
		if err := lines.Encode(line{From: e.Source, Dir: "s2c", Frame: e.Recorded}); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Source, err)
		}
	}
	for _, m := range matrices {
		if err := lines.Encode(line{From: m.Source, Conn: m.Conn, Matrix: m.Verdicts}); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Source, err)
		}
	}
	return out.Bytes(), nil
}
