package logs_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gatesmith/gatesmith/internal/logs"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
)

func some(n int64) wire.Opt[int64] { return wire.Some(n) }

func TestTail(t *testing.T) {
	const text = "one\ntwo\nthree\n" // 14 bytes
	for name, c := range map[string]struct {
		text, missing    string
		p                protocol.LogsTailParams
		lines            string
		truncated, reset bool
	}{
		"all":                        {text: text, lines: "one two three"},
		"nothing in it":              {},
		"from the start":             {text: text, p: protocol.LogsTailParams{Cursor: some(0)}, lines: "one two three"},
		"the last bytes":             {text: text, p: protocol.LogsTailParams{MaxBytes: some(10)}, lines: "two three", truncated: true},
		"the last bytes cut a line":  {text: text, p: protocol.LogsTailParams{MaxBytes: some(9)}, lines: "three", truncated: true},
		"bytes within the last line": {text: text, p: protocol.LogsTailParams{MaxBytes: some(2)}, truncated: true},
		"the last line":              {text: text, p: protocol.LogsTailParams{Limit: some(1)}, lines: "three"},
		"since a cursor":             {text: text, p: protocol.LogsTailParams{Cursor: some(4)}, lines: "two three"},
		"since a cursor in a line":   {text: text, p: protocol.LogsTailParams{Cursor: some(5)}, lines: "three"},
		"nothing since":              {text: text, p: protocol.LogsTailParams{Cursor: some(14)}},
		"replaced":                   {text: text, p: protocol.LogsTailParams{Cursor: some(15)}, lines: "one two three", reset: true},
		"replaced by a large one":    {text: text, p: protocol.LogsTailParams{Cursor: some(99), MaxBytes: some(6)}, lines: "three", truncated: true, reset: true},
		"too much since":             {text: text, p: protocol.LogsTailParams{Cursor: some(0), MaxBytes: some(6)}, lines: "three", truncated: true, reset: true},
		"a line that is not ended":   {text: "one\ntw", lines: "one tw"},
	} {
		path := filepath.Join(t.TempDir(), "gateway.log")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := logs.New(path).LogsTail(t.Context(), &c.p)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		size := int64(len(c.text))
		if strings.Join(r.Lines, " ") != c.lines || r.Truncated != c.truncated || r.Reset != c.reset || r.Cursor != size || r.Size != size || r.File != path {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	r, err := logs.New(filepath.Join(dir, "none")).LogsTail(t.Context(), &protocol.LogsTailParams{Cursor: some(7)})
	if err != nil || r.Cursor != 0 || r.Size != 0 || len(r.Lines) != 0 || r.Lines == nil || r.Truncated || r.Reset {
		t.Errorf("%v %+v", err, r)
	}
	if runtime.GOOS == "windows" {
		return
	}
	_, err = logs.New(dir).LogsTail(t.Context(), &protocol.LogsTailParams{})
	if err == nil || !strings.HasPrefix(err.Error(), "UNAVAILABLE: log read failed: ") {
		t.Errorf("a folder: %v", err)
	}
}

// A client that goes on from cursor to cursor sees each line once and in order,
// until the file is another one, which it is told.
func TestLinesFollowOn(t *testing.T) {
	outer := t
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(outer.TempDir(), "gateway.log")
		s := logs.New(path)
		var written, seen []string
		cursor := int64(0)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"write", "write", "look", "replace"}).Draw(t, "step") {
			case "write":
				line := rapid.StringMatching(`[a-zé]{0,30}`).Draw(t, "line")
				written = append(written, line)
				f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := f.WriteString(line + "\n"); err != nil {
					t.Fatal(err)
				}
				f.Close()
			case "replace":
				if cursor > 0 {
					_ = os.WriteFile(path, nil, 0o600)
					written = nil
				}
			}
			r, err := s.LogsTail(outer.Context(), &protocol.LogsTailParams{Cursor: some(cursor)})
			if err != nil {
				t.Fatal(err)
			}
			if r.Reset {
				seen = nil
			}
			seen, cursor = append(seen, r.Lines...), r.Cursor
			if r.Size == 0 {
				seen = nil
			}
			if !slices.Equal(seen, written) {
				t.Fatalf("seen %q, want %q", seen, written)
			}
		}
	})
}
