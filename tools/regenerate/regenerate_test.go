package regenerate

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/run"
)

// change is what somebody does to the schema, and the word by which its traces
// are known: one that no language spells in its own way.
type change struct {
	name, word string
	apply      func(t *testing.T, schema string)
	without    []run.Kind // outputs that a change of this sort leaves as they are
}

var changes = []change{
	{"an optional param", "zebra", func(t *testing.T, schema string) {
		edit(t, filepath.Join(schema, "methods/logs/logs.tail.json"), `"properties": {`,
			`"properties": {
        "zebra": { "type": "string", "maxLength": 20, "description": "A param that this test adds." },`)
	}, []run.Kind{run.GoClient}},
	{"a method", "giraffe", func(t *testing.T, schema string) {
		edit(t, filepath.Join(schema, "protocol.json"), `"groups": [`, `"groups": [
    { "name": "giraffe", "title": "Giraffe", "description": "A group that this test adds. Nobody serves it." },`)
		put(t, filepath.Join(schema, "methods/giraffe/giraffe.feed.json"), `{
  "title": "GiraffeFeed",
  "description": "A method that this test adds.",
  "x-method": "giraffe.feed",
  "x-role": ["operator"],
  "x-scope": "operator.write",
  "x-since": 3,
  "x-effect": "write",
  "x-idempotency": "natural",
  "$ref": "#/$defs/params",
  "$defs": {
    "params": { "type": "object", "additionalProperties": false, "properties": {} },
    "result": { "type": "object", "additionalProperties": false, "properties": {} }
  },
  "x-examples": [{ "params": {}, "result": {} }]
}
`)
	}, nil},
	{"an event", "okapi", func(t *testing.T, schema string) {
		put(t, filepath.Join(schema, "events/okapi.json"), `{
  "title": "Okapi",
  "description": "An event that this test adds.",
  "x-event": "okapi",
  "x-direction": "server",
  "x-role": ["operator"],
  "x-scope": "operator.read",
  "x-since": 3,
  "x-delivery": "ordered",
  "x-audience": ["broadcast"],
  "type": "object",
  "additionalProperties": false,
  "properties": {},
  "x-examples": [{ "payload": {} }]
}
`)
	}, nil},
}

// TestOneGenerate: each change shows in every output after one go generate,
// nothing that changed breaks a client, and all of it compiles.
func TestOneGenerate(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles everything")
	}
	root := copyRepository(t)
	outputs := configured(t, root)
	for _, c := range changes {
		c.apply(t, filepath.Join(root, "schema"))
		goTool(t, root, "generate", "./...")
		for _, o := range outputs {
			if has := contains(t, root, o, outputs, c.word); has == excepted(c, o.Kind) {
				t.Errorf("%s: the output of kind %s in %s shows it: %v", c.name, o.Kind, o.Dir, has)
			}
		}
		pages := t.TempDir()
		goTool(t, root, "run", "./cmd/gatesmith", "docs", "--html", pages)
		if !contains(t, pages, run.Output{Dir: "."}, nil, c.word) {
			t.Errorf("%s: the site does not show it", c.name)
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	goTool(t, root, "build", "./...")
	goTool(t, root, "vet", "./protocol", "./client", "./server")
	for _, o := range outputs {
		if compile := compilers[o.Kind]; compile != nil {
			compile(t, root, o)
		}
	}
	goTool(t, root, "run", "./cmd/gatesmith", "generate", "--check")
	goTool(t, root, "run", "./cmd/gatesmith", "breaking", "--against", absolute(t, "../../schema"))
}

// compilers are those of outputs that the go command does not build.
var compilers = map[run.Kind]func(t *testing.T, root string, o run.Output){
	run.TypeScript: loads,
	run.Python:     compiles,
}

// compiles sees that Python takes every generated module.
func compiles(t *testing.T, root string, o run.Output) {
	if _, err := exec.LookPath("python3"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("python3 is not installed")
		}
		t.Log("NOT CHECKED: python3 is not installed")
		return
	}
	cmd := exec.Command("python3", "-m", "compileall", "-q", filepath.Join(root, o.Dir))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// loads sees that node takes every generated module, with all that it imports.
func loads(t *testing.T, root string, o run.Output) {
	if _, err := exec.LookPath("node"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("node is not installed")
		}
		t.Log("NOT CHECKED: node is not installed")
		return
	}
	modules, err := filepath.Glob(filepath.Join(root, o.Dir, "*.js"))
	if err != nil || len(modules) == 0 {
		t.Fatal("no modules: ", err)
	}
	for _, m := range modules {
		cmd := exec.Command("node", "--input-type=module", "-e", "await import(process.argv[1])", m)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %s", m, out)
		}
	}
}

func excepted(c change, k run.Kind) bool {
	return slices.Contains(c.without, k)
}

// configured lists the outputs of this repository.
func configured(t *testing.T, root string) []run.Output {
	t.Helper()
	p := run.Open(root, "")
	if _, list := p.Load(); len(list) > 0 || len(p.Config.Outputs) < 4 {
		t.Fatal(list, p.Config.Outputs)
	}
	return p.Config.Outputs
}

// contains reports whether a file of an output has a word, however it is cased.
// What lies in its folder and is another output's does not count.
func contains(t *testing.T, root string, o run.Output, outputs []run.Output, word string) bool {
	t.Helper()
	dir, found := filepath.Join(root, o.Dir), false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		others := func(other run.Output) bool { return path != dir && path == filepath.Join(root, other.Dir) }
		switch {
		case err == nil && d.IsDir() && slices.ContainsFunc(outputs, others):
			return fs.SkipDir
		case err != nil || found || d.IsDir():
			return err
		}
		data, err := os.ReadFile(path)
		found = bytes.Contains(bytes.ToLower(data), []byte(word)) && !strings.HasSuffix(path, "_test.go")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// copyRepository copies what belongs to the repository, as git knows it.
func copyRepository(t *testing.T) string {
	t.Helper()
	from, to := absolute(t, "../.."), t.TempDir()
	cmd := exec.Command("git", "-C", from, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	out, err := cmd.Output()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("git ls-files: ", err)
		}
		t.Skip("NOT CHECKED: git ls-files: ", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		info, err := os.Lstat(filepath.Join(from, name))
		if err != nil || !info.Mode().IsRegular() {
			continue // deleted, or a link
		}
		data, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(to, name), string(data))
	}
	return to
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
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

func edit(t *testing.T, path, old, new string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(old)) {
		t.Fatalf("%s has no %s", path, old)
	}
	put(t, path, strings.Replace(string(data), old, new, 1))
}

func goTool(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-trimpath", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
