package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/internal/reference"
)

// tried runs a command line and gives its status and what it said.
func tried(wd string, args ...string) (status int, said string) {
	var out bytes.Buffer
	status = execute(args, strings.NewReader(""), &out, &out, wd)
	return status, out.String()
}

// TestSiteIsTheGateways: docs --html writes the site that the gateway serves.
func TestSiteIsTheGateways(t *testing.T) {
	dir := t.TempDir()
	if status, said := tried("../..", "docs", "--html", dir); status != 0 {
		t.Fatal(said)
	}
	served, err := reference.Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range served {
		written, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(written, f.Data) {
			t.Errorf("%s is another", f.Path)
		}
	}
	if status, said := tried("../..", "docs", "--html", dir, "--check"); status != 0 || !strings.Contains(said, "up to date") {
		t.Errorf("%d: %s", status, said)
	}
}

// TestSiteOfAnotherProtocol has no panels, because there is no client of it, and
// gives up pages that are no longer made.
func TestSiteOfAnotherProtocol(t *testing.T) {
	wd := t.TempDir()
	if status, said := tried(wd, "init", "notes"); status != 0 {
		t.Fatal(said)
	}
	wd = filepath.Join(wd, "notes")
	orphan := filepath.Join(wd, "public", "methods", "notes.gone.html")
	for range 2 {
		status, said := tried(wd, "docs", "--html", "public")
		if status != 0 || !strings.Contains(said, "the pages have no panels that call") {
			t.Fatalf("%d: %s", status, said)
		}
		page, err := os.ReadFile(filepath.Join(wd, "public", "methods", "notes.add.html"))
		if err != nil {
			t.Fatal(err)
		}
		if text := string(page); strings.Contains(text, `class="try"`) || !strings.Contains(text, "Buy milk") || strings.Contains(text, `data-form="Go"`) {
			t.Error("the page is not as expected")
		}
		if _, err := os.Stat(orphan); err == nil {
			t.Error("a page that is no longer made is still there")
		}
		if err := os.WriteFile(orphan, page, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"docs", "--html", "a", "--out", "b"}, {"docs", "x"}} {
		if status, said := tried(wd, args...); status != 2 {
			t.Errorf("%v: %d: %s", args, status, said)
		}
	}
	config := filepath.Join(wd, "gatesmith.json")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	for site, want := range map[string]string{
		`{ "guides": ["gone.md"] }`:       "there is no such file",
		`{ "guides": ["../outside.md"] }`: "is no file of the project",
		`{ "guides": [1] }`:               "is of kind number",
		`{ "changelog": "/etc/passwd" }`:  "is no file of the project",
		`{ "theme": "dark" }`:             `has no key "theme"`,
	} {
		changed := strings.Replace(string(text), `"lint":`, `"site": `+site+`, "lint":`, 1)
		if err := os.WriteFile(config, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		if status, said := tried(wd, "docs", "--html", "public"); status != 1 || !strings.Contains(said, want) {
			t.Errorf("%s: %d: %s", site, status, said)
		}
	}
}
