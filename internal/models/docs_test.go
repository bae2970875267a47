package models

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/llm"
	"github.com/gatesmith/gatesmith/internal/llm/echo"
)

// docs/models.md says nothing that is not so.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/models.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)

	configurations := regexp.MustCompile("(?s)```json5\n(.*?)```").FindAllStringSubmatch(page, -1)
	for _, c := range configurations {
		if w := service(t, c[1]).Warnings(); len(w) > 0 {
			t.Errorf("%s\n%v", c[1], w)
		}
	}
	directives := regexp.MustCompile("`(/echo .*?)`").FindAllStringSubmatch(page, -1)
	for _, d := range directives {
		if _, err := echo.Parse(d[1]); err != nil {
			t.Errorf("%s: %v", d[1], err)
		}
	}
	if len(configurations) < 2 || len(directives) < 12 {
		t.Errorf("%d configurations and %d directives: is the page written in another way by now?", len(configurations), len(directives))
	}

	for _, p := range presets {
		row := regexp.MustCompile("(?m)^\\| `" + p.name + "` .*$").FindString(page)
		for _, want := range append([]string{p.baseURL, p.address}, p.keys...) {
			if !strings.Contains(row, want) {
				t.Errorf("the row of %s lacks %s: %q", p.name, want, row)
			}
		}
	}

	s := service(t, `{}`)
	for _, line := range regexp.MustCompile("(?m)^there is no model \"(.*?)\".*$").FindAllStringSubmatch(page, -1) {
		if _, err := s.Lookup(line[1]); err == nil || err.Error() != line[0] {
			t.Errorf("it says\n%s\nnot\n%s", err, line[0])
		}
	}
	p, err := s.Provider("anthropic")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Stream(t.Context(), &llm.Request{Model: "m"}, nil); !strings.Contains(page, err.Error()) {
		t.Errorf("it says %s", err)
	}
	for _, line := range regexp.MustCompile("(?m)^\\| .* \\| `([A-Z_]+)=(\\S+) gateway serve` \\|$").FindAllStringSubmatch(page, -1) {
		config := `{}`
		if line[1] == "GATEWAY_MODEL" {
			config = `{agents:{defaults:{model:"` + line[2] + `"}}}`
		}
		s := service(t, config, line[1], line[2])
		if m := s.Default(); m.Provider == echo.Name || m.Provider == missingName {
			t.Errorf("%s: the model is %s", line[0], m.Ref())
		}
	}
}
