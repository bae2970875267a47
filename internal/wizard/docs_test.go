package wizard

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/setup.md lists the steps by the names that the code gives them.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/setup.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(string(page), -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			listed[strings.Trim(name, "`")] = true
		}
	}
	asked := map[string]bool{"telegram": true, "telegram-check": true, "webhook": true, "webhook-check": true} // made of the channels' names
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, "../app/wizard_channels.go")
	named := regexp.MustCompile(`(?:Question\{Name:|\.Note\(ctx,|step:) "([a-z-]+)"`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			asked[m[1]] = true
		}
	}
	if is, want := slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(asked)); !slices.Equal(is, want) {
		t.Errorf("the page lists\n%v\nasked is\n%v", is, want)
	}
}
