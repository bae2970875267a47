package wire

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever a message makes up, what is said of it stays small.
func TestRefusalsAreSmall(t *testing.T) {
	shapes := Shapes{Shape{Kind: ShapeStruct}}
	long := strings.Repeat(`\u0001`, 5000)
	deep := strings.Repeat(`{"`+long+`":`, 3)
	unexpected := make([]string, 20)
	for k := range unexpected {
		unexpected[k] = fmt.Sprintf(`"%d%s":1`, k, long)
	}
	for name, text := range map[string]string{
		"unexpected members":  "{" + strings.Join(unexpected, ",") + "}",
		"repeated members":    `{"` + long + `":1,"` + long + `":2}`,
		"a deep fault":        deep + `1e999` + "}}}",
		"half pairs in names": `{"` + strings.Repeat(`\ud800`, 9000) + `":1}`,
		"wide characters":     `{"` + strings.Repeat("é", 9000) + `":1}`,
	} {
		issues := Explain([]byte(text), Strict, 64, shapes, Place{})
		said := issues.Error() + string(issues.AppendJSON(nil))
		if len(issues) == 0 || len(said) > 64<<10 {
			t.Errorf("%s: %d issues in %d bytes", name, len(issues), len(said))
		}
		if !utf8.ValidString(said) {
			t.Errorf("%s: a character was split in %.200q", name, said)
		}
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		text string
		most int
		want string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdefg", 6, "abc…"}, {"aéé", 5, "aéé"}, {"aééé", 6, "aé…"}, {"ééé", 4, "…"},
	} {
		if got := clip(c.text, c.most); got != c.want {
			t.Errorf("clip(%q, %d) = %q, want %q", c.text, c.most, got, c.want)
		}
	}
}
