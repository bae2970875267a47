package emit_test

import (
	"slices"
	"testing"

	"github.com/gatesmith/gatesmith/gen/emit"
)

func TestPrinter(t *testing.T) {
	p := &emit.Printer{Unit: "  "}
	p.Blank() // nothing to keep apart yet
	p.Block("if (a) {", func() {
		p.Block("while (b) {", func() { p.Linef("f(%q);", "100%") }, "}")
		p.Line("")
		p.Line("100% as it is")
		if got := p.Room(80); got != 78 {
			t.Errorf("%d characters left of 80", got)
		}
	}, "}")
	p.Blank()
	p.Blank()
	p.Block("def f():", func() { p.Line("pass") }, "")
	const want = `if (a) {
  while (b) {
    f("100%");
  }

  100% as it is
}

def f():
  pass
`
	if got := string(p.Bytes()); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"one two  three", []string{"one two", "three"}},
		{"precisely", []string{"precisely"}},
		{"a verylongword b", []string{"a", "verylongword", "b"}},
		{"äöü ßßß\n\nx", []string{"äöü ßßß", "", "x"}},
	} {
		if got := emit.Wrap(c.text, 7); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
