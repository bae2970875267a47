package run

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestOpen: which configuration and which schema folder belong together.
func TestOpen(t *testing.T) {
	dir := folder(t, map[string]string{
		"a/gatesmith.json": `{"schema": "api"}`, "a/api/protocol.json": "{}", "a/api/deep/x.txt": "", "a/other/protocol.json": "{}",
		"b/schema/protocol.json": "{}", "c/gatesmith.json": `{`, "c/s/x.txt": "",
	})
	if err := os.Symlink("api", filepath.Join(dir, "a/link")); err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	}
	for _, c := range []struct{ wd, schema, want, configured string }{
		{"a", "", "a/api", "a/gatesmith.json"},
		{"a/api/deep", "", "a/api", "a/gatesmith.json"},
		{"", "a/api", "a/api", "a/gatesmith.json"},
		{"b", "../a/api/", "a/api", "a/gatesmith.json"},
		{"b", "../a/link", "a/api", "a/gatesmith.json"},
		{"a", "other", "a/other", ""},
		{"b", "", "b/schema", ""},
		{"b", "schema", "b/schema", ""},
		{"a", "nowhere", "a/nowhere", ""},
		{"c", "s", "c", "c/gatesmith.json"}, // the configuration must be mended first
	} {
		p := Open(filepath.Join(dir, c.wd), c.schema)
		if got := p.SchemaDir(); got != filepath.Join(dir, filepath.FromSlash(c.want)) {
			t.Errorf("in %s with %q the schema folder is %s, want %s", c.wd, c.schema, got, c.want)
		}
		configured := ""
		if p.file != nil {
			configured = filepath.Join(c.wd, filepath.FromSlash(p.file.Shown()))
		}
		if configured != filepath.FromSlash(c.configured) {
			t.Errorf("in %s with %q the configuration is %q, want %q", c.wd, c.schema, configured, c.configured)
		}
	}
}

// TestOpenAbsolute: an absolute folder is taken as it is.
func TestOpenAbsolute(t *testing.T) {
	dir := project(t, `{`+exceptions+`}`)
	p := Open(t.TempDir(), filepath.Join(dir, "schema"))
	if _, list := p.Load(); len(list) > 0 || p.file == nil {
		t.Errorf("findings are %v", list)
	}
}

// TestUnreadable: what cannot be read is said once, and with its place.
func TestUnreadable(t *testing.T) {
	dir := folder(t, map[string]string{"file": "", "empty/x.txt": ""})
	if err := os.MkdirAll(filepath.Join(dir, "links"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"protocol.json", "x.json"} {
		if err := os.Symlink("nowhere", filepath.Join(dir, "links", name)); err != nil {
			t.Skip(err)
		}
	}
	for schema, want := range map[string]string{
		"":        "schema: cannot read the schema folder: no such file or directory: expected the folder that holds protocol.json (FILE_UNREADABLE)\n",
		"nowhere": "nowhere: cannot read the schema folder: no such file or directory: expected the folder that holds protocol.json (FILE_UNREADABLE)\n",
		"file":    "file: cannot read the schema folder: it is a file, not a folder (FILE_UNREADABLE)\n",
		"empty":   "empty/protocol.json: the schema folder has no protocol.json: it declares the protocol's name, version, roles, scopes and errors (KEYWORD_MISSING)\n",
		"links": "links/protocol.json: cannot read: no such file or directory (FILE_UNREADABLE)\n" +
			"links/x.json: cannot read: no such file or directory (FILE_UNREADABLE)\n",
	} {
		p := Open(dir, schema)
		m, list := p.Load()
		if got := lines(list); got != want {
			t.Errorf("with %q findings are\n%swant\n%s", schema, got, want)
		}
		if p.Text(m.Tree)("nowhere") != nil {
			t.Error("there is text of nowhere")
		}
	}
}

// TestShown: paths are shown as people type them.
func TestShown(t *testing.T) {
	dir := t.TempDir()
	p := Open(filepath.Join(dir, "a/b/c/d"), "x")
	for path, want := range map[string]string{
		"a/b/c/d": ".", "a/b/c/d/x/y": "x/y", "a/b/c": "..", "a/b/e": "../../e", "f": filepath.ToSlash(filepath.Join(dir, "f")),
	} {
		if got := p.Shown(filepath.Join(dir, filepath.FromSlash(path))); got != want {
			t.Errorf("%s is shown as %s, want %s", path, got, want)
		}
	}
	if got := p.Path("../q"); got != filepath.Join(dir, "a/b/c/q") {
		t.Errorf("../q is %s", got)
	}
	if got := p.Path(dir); got != dir || !strings.HasPrefix(dir, "/") && runtime.GOOS != "windows" {
		t.Errorf("%s is %s", dir, got)
	}
}
