package run

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/diag"
)

// folder makes a folder with files.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		put(t, filepath.Join(dir, filepath.FromSlash(name)), text)
	}
	return dir
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// project makes a project of the example that gatesmith init starts with.
func project(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "schema"), os.DirFS("../../cmd/gatesmith/internal/scaffold/schema")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, ConfigFile), config)
	return dir
}

// exceptions are those that the frames of the example need.
const exceptions = `"lint": {"exceptions": [
	{"rule": "TYPE_NO_ANY", "at": "frames/error.json#/properties/details", "reason": "open"},
	{"rule": "TYPE_NO_ANY", "at": "frames/event.json#/properties/payload", "reason": "open"},
	{"rule": "TYPE_NO_ANY", "at": "frames/request.json#/properties/params", "reason": "open"},
	{"rule": "TYPE_NO_ANY", "at": "frames/response.json#/properties/payload", "reason": "open"}
]}`

const outputs = `"outputs": [
	{"kind": "go", "dir": "protocol", "import": "example.com/room/protocol"},
	{"kind": "reference", "dir": "docs/reference"},
	{"kind": "bundle", "dir": "docs/schema"}
]`

func lines(list diag.List) string {
	var b strings.Builder
	for _, d := range list {
		b.WriteString(d.String() + "\n")
	}
	return b.String()
}

// TestConfigFaults: every fault of a configuration is found, at its place, and
// all of them in one go.
func TestConfigFaults(t *testing.T) {
	for name, c := range map[string]struct{ config, want string }{
		"fine":  {`{` + exceptions + `}`, ""},
		"empty": {``, "gatesmith.json:1:1: unexpected end of file: expected a JSON value (JSON_SYNTAX)\n"},
		"syntax": {"{\n  \"schema\": \"schema\",\n}",
			"gatesmith.json:3:1: unexpected '}': expected a member name in double quotes (JSON_SYNTAX)\n"},
		"no object": {`["schema"]`, "gatesmith.json:1:1: the configuration is of kind array: expected an object (KEYWORD_VALUE)\n"},
		"unknown keys": {"{\n  \"shema\": \"schema\",\n  \"outputs\": [{\"kind\": \"bundle\", \"dir\": \"b\", \"draft\": 7}],\n  " + strings.Replace(exceptions, `"exceptions"`, `"x": 1, "exceptions"`, 1) + "}",
			`gatesmith.json:2:3: the configuration has no key "shema": expected "$schema", "schema", "outputs", "site", "lint" (KEYWORD_UNKNOWN)
gatesmith.json:3:46: an output has no key "draft": expected "kind", "dir", "import", "package", "wire", "base", "protocol" (KEYWORD_UNKNOWN)
gatesmith.json:4:12: "lint" has no key "x": expected "exceptions" (KEYWORD_UNKNOWN)
`},
		"wrong kinds": {`{"schema": 1, "outputs": {}, "lint": []}`,
			`gatesmith.json:1:12: "schema" is of kind number: expected a string (KEYWORD_VALUE)
gatesmith.json:1:26: "outputs" is of kind object: expected an array (KEYWORD_VALUE)
gatesmith.json:1:38: "lint" is of kind array: expected an object (KEYWORD_VALUE)
`},
		"empty words": {`{"schema": ""}`, `gatesmith.json:1:12: "schema" is empty: leave it out, or say something (KEYWORD_VALUE)` + "\n"},
		"outputs": {`{"outputs": [
{"kind": "pascal", "dir": "ts"},
{"dir": "x"},
{"kind": "reference"},
7,
{"kind": "reference", "dir": "docs", "import": "example.com/x", "wire": "example.com/w"},
{"kind": "typescript", "dir": "ts", "package": "x", "protocol": "y"},
{"kind": "bundle", "dir": "b", "base": "./base.js"},
{"kind": "python", "dir": "py", "import": "x", "wire": "../wire"}
]}`, `gatesmith.json:2:10: no output is of kind "pascal": expected one of "go", "go-client", "typescript", "python", "reference", "bundle", "asyncapi", "openrpc" (KEYWORD_VALUE)
gatesmith.json:3:1: an output lacks "kind" (KEYWORD_MISSING)
gatesmith.json:4:1: an output lacks "dir" (KEYWORD_MISSING)
gatesmith.json:5:1: an output is of kind number: expected an object (KEYWORD_VALUE)
gatesmith.json:6:38: "import" is not for outputs of kind "reference": remove it (KEYWORD_UNSUPPORTED)
gatesmith.json:6:65: "wire" is not for outputs of kind "reference": remove it (KEYWORD_UNSUPPORTED)
gatesmith.json:7:37: "package" is not for outputs of kind "typescript": remove it (KEYWORD_UNSUPPORTED)
gatesmith.json:7:53: "protocol" is not for outputs of kind "typescript": remove it (KEYWORD_UNSUPPORTED)
gatesmith.json:8:32: "base" is not for outputs of kind "bundle": remove it (KEYWORD_UNSUPPORTED)
gatesmith.json:9:33: "import" is not for outputs of kind "python": remove it (KEYWORD_UNSUPPORTED)
gatesmith.json:9:56: "wire" is "../wire", which Python cannot import: expected a package such as gatesmith_client.wire or ..wire (KEYWORD_VALUE)
`},
		"go outputs": {`{"outputs": [
{"kind": "go", "dir": "a"},
{"kind": "go", "dir": "b", "import": "example.com/my-room"},
{"kind": "go", "dir": "c", "import": "example.com/room", "package": "my-room"},
{"kind": "go", "dir": "d", "import": "example.com/func"},
{"kind": "go", "dir": "e", "import": "example.com/my room", "package": "room"},
{"kind": "go", "dir": "f", "import": "example.com/room", "wire": "wi\"re"},
{"kind": "go", "dir": "g", "import": "example.com/room/v2"}
]}`, `gatesmith.json:2:1: an output of kind "go" lacks "import": the import path of the generated package (KEYWORD_MISSING)
gatesmith.json:3:38: the import path ends in "my-room", which cannot name a Go package: say "package" too (KEYWORD_VALUE)
gatesmith.json:4:69: "my-room" cannot name a Go package: expected letters and digits, beginning with a letter (KEYWORD_VALUE)
gatesmith.json:5:38: the import path ends in "func", which cannot name a Go package: say "package" too (KEYWORD_VALUE)
gatesmith.json:6:38: "import" is "example.com/my room", which cannot be imported: expected a path such as example.com/room/protocol (KEYWORD_VALUE)
gatesmith.json:7:66: "wire" is "wi\"re", which cannot be imported: expected a path such as example.com/room/protocol (KEYWORD_VALUE)
`},
		"folders": {`{"outputs": [
{"kind": "bundle", "dir": "schema/out"},
{"kind": "bundle", "dir": "docs"},
{"kind": "reference", "dir": "./docs/reference"},
{"kind": "reference", "dir": "docs/"},
{"kind": "reference", "dir": "docs2"},
{"kind": "bundle", "dir": "all"},
{"kind": "asyncapi", "dir": "all"},
{"kind": "openrpc", "dir": "./all"},
{"kind": "openrpc", "dir": "all"},
{"kind": "reference", "dir": "all"}
]}`, `gatesmith.json:2:27: "schema/out" lies in the schema folder "schema": an output needs a folder of its own (KEYWORD_VALUE)
gatesmith.json:5:30: "docs/" is "docs", the folder of another output: each output needs a folder of its own (KEYWORD_VALUE)
gatesmith.json:10:28: "all" is "./all", the folder of another output: each output needs a folder of its own (KEYWORD_VALUE)
gatesmith.json:11:30: "all" is "./all", the folder of another output: each output needs a folder of its own (KEYWORD_VALUE)
gatesmith.json:11:30: "all" is "all", the folder of another output: each output needs a folder of its own (KEYWORD_VALUE)
`},
		"exceptions": {`{"lint": {"exceptions": [
{"rule": "TYPE_ANY", "at": "types/Note.json#", "reason": "why"},
{"rule": "TYPE_NO_ANY", "at": "types/Note.json", "reason": ""},
{},
{"rule": 1, "at": "types/Note.json#", "reason": "why"}
]}}`, `gatesmith.json:2:10: no rule is called "TYPE_ANY": expected an id such as TYPE_NO_ANY, as findings show them (KEYWORD_VALUE)
gatesmith.json:3:31: "types/Note.json" leads to no place: expected a path in the schema folder, a # and a JSON pointer, such as types/Note.json#/properties/text (KEYWORD_VALUE)
gatesmith.json:3:60: "reason" is empty: leave it out, or say something (KEYWORD_VALUE)
gatesmith.json:4:1: an exception lacks "at" (KEYWORD_MISSING)
gatesmith.json:4:1: an exception lacks "reason" (KEYWORD_MISSING)
gatesmith.json:4:1: an exception lacks "rule" (KEYWORD_MISSING)
gatesmith.json:5:10: "rule" is of kind number: expected a string (KEYWORD_VALUE)
`},
		"unused exception": {`{` + strings.Replace(exceptions, "[", `[{"rule": "DOC_REQUIRED", "at": "types/Note.json#", "reason": "old"},`, 1) + `}`,
			"gatesmith.json:1:26: the exception for DOC_REQUIRED at types/Note.json# allows nothing any more: remove it (EXCEPTION_UNUSED)\n"},
		"missing schema": {"{\n  \"schema\": \"shema\"\n}", "gatesmith.json:2:13: cannot read the schema folder shema: no such file or directory (FILE_UNREADABLE)\n"},
		"file as schema": {"{\n  \"schema\": \"schema/protocol.json\"\n}", "gatesmith.json:2:13: cannot read the schema folder schema/protocol.json: it is a file, not a folder (FILE_UNREADABLE)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			p := Open(project(t, c.config), "")
			m, list := p.Load()
			if got := lines(list); got != c.want {
				t.Errorf("findings are\n%swant\n%s", got, c.want)
			}
			for _, d := range list {
				if d.Pos.Line > 0 && p.Text(m.Tree)(d.Pos.File) == nil {
					t.Errorf("there is no text of %s to show", d.Pos.File)
				}
			}
		})
	}
}

// TestConfigDefaults: what is left out has the value that the docs promise.
func TestConfigDefaults(t *testing.T) {
	p := Open(project(t, `{`+exceptions+`, "outputs": [
		{"kind": "go", "dir": "a", "import": "example.com/room/protocol"},
		{"kind": "go", "dir": "b", "import": "example.com/room/v2"},
		{"kind": "go", "dir": "c", "import": "x", "package": "y", "wire": "z"}
	]}`), "")
	if _, list := p.Load(); len(list) > 0 {
		t.Fatal(list)
	}
	if p.Config.Schema != "schema" {
		t.Errorf("schema is %q", p.Config.Schema)
	}
	want := []Output{
		{Kind: Go, Dir: "a", Import: "example.com/room/protocol", Package: "protocol", Wire: defaultWire},
		{Kind: Go, Dir: "b", Import: "example.com/room/v2", Package: "room", Wire: defaultWire},
		{Kind: Go, Dir: "c", Import: "x", Package: "y", Wire: "z"},
	}
	for i, o := range p.Config.Outputs {
		if o != want[i] {
			t.Errorf("output is %+v, want %+v", o, want[i])
		}
	}
}

// TestTogether: faults of the configuration do not hide those of the schema.
func TestTogether(t *testing.T) {
	dir := project(t, `{"colour": 1}`)
	put(t, filepath.Join(dir, "schema/types/Note.json"), `{"title": "Note", "typ": "string"}`)
	put(t, filepath.Join(dir, "schema/types/Broken.json"), `{`)
	_, list := Open(dir, "").Load()
	got := lines(list)
	for _, want := range []string{"gatesmith.json:1:2: ", "schema/types/Broken.json:1:2: ", "schema/types/Note.json:1:"} {
		if !strings.Contains(got, want) {
			t.Errorf("findings lack %q:\n%s", want, got)
		}
	}
}
