package screen_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/cmd/gateway/internal/screen"
)

func TestTable(t *testing.T) {
	var out strings.Builder
	s := &screen.Screen{Out: &out}
	s.Table("name", "none").Print()
	table := s.Table("name", "state", "since")
	table.Row("Zoë", screen.Styled(screen.Good, "up"), 3)
	table.Row("a longer name", "", "\x1b[31mred\n")
	table.Print()
	want := "NAME           STATE  SINCE\n" +
		"Zoë            up     3\n" +
		"a longer name  -      \ufffd[31mred \n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	s.Colour = true
	table = s.Table()
	table.Row(screen.Styled(screen.Good, "up"), "x")
	table.Print()
	if want := "\x1b[32mup\x1b[0m  x\n"; out.String() != want {
		t.Errorf("in colour: %q", out.String())
	}
}

func TestRaw(t *testing.T) {
	for _, c := range []struct {
		terminal, json bool
		want           string
	}{
		{false, false, "{\"n\":1e400,\"b\":[1]}\n"},
		{true, true, "{\"n\":1e400,\"b\":[1]}\n"},
		{true, false, "{\n  \"n\": 1e400,\n  \"b\": [\n    1\n  ]\n}\n"},
	} {
		var out strings.Builder
		s := &screen.Screen{Out: &out, Terminal: c.terminal, JSON: c.json}
		if err := s.Raw([]byte(`{"n":1e400, "b":[1]}`)); err != nil || out.String() != c.want {
			t.Errorf("%+v: got %q, %v", c, out.String(), err)
		}
		if s.Raw([]byte("{")) == nil {
			t.Error("half an object was printed")
		}
	}
}

func TestNew(t *testing.T) {
	if s := screen.New(&strings.Builder{}, nil, false, func(string) string { return "" }); s.Terminal || s.Colour {
		t.Error("a buffer is a terminal")
	}
}

func TestTimes(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	s := &screen.Screen{Now: func() time.Time { return now }}
	for _, c := range []struct {
		ago  time.Duration
		want string
	}{
		{0, "now"}, {time.Second, "now"}, {59 * time.Second, "59s ago"}, {60 * time.Second, "1m ago"}, {3*time.Minute + 5*time.Second, "3m 5s ago"},
		{2 * time.Hour, "2h ago"}, {25 * time.Hour, "1d 1h ago"}, {59 * 24 * time.Hour, "59d ago"}, {-time.Minute, "in 1m"},
	} {
		if got := s.Ago(now.Add(-c.ago).UnixMilli()); got != c.want {
			t.Errorf("%v: got %q, want %q", c.ago, got, c.want)
		}
	}
	if got := s.Ago(now.Add(-90 * 24 * time.Hour).UnixMilli()); !strings.HasPrefix(got, "2026-08-") {
		t.Errorf("long ago: %q", got)
	}
	if s.Ago(0) != "" || screen.Span(20*time.Millisecond) != "20ms" {
		t.Error("no time, or a short one")
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 1500: "1.5 kB", 999_600: "1 MB", 12_345_678: "12.3 MB", 1 << 62: "4.61e+03 PB"} {
		if got := screen.Size(bytes); got != want {
			t.Errorf("%d: got %q, want %q", bytes, got, want)
		}
	}
	if screen.Short("abc") != "abc" || screen.Short("0123456789abcdef") != "0123456789ab" {
		t.Error("short identifiers")
	}
}
