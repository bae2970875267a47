package site

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith"
	"github.com/gatesmith/gatesmith/gen/emit/golang"
	"github.com/gatesmith/gatesmith/gen/emit/python"
	"github.com/gatesmith/gatesmith/gen/emit/typescript"
	"github.com/gatesmith/gatesmith/gen/ir"
	"github.com/gatesmith/gatesmith/gen/lower"
	"github.com/gatesmith/gatesmith/gen/run"
	"github.com/gatesmith/gatesmith/gen/source"
	"github.com/gatesmith/gatesmith/schema"
)

// call is an example of a method that programs call.
type call struct {
	method *ir.Method
	params []byte
}

// calls are the examples that pages show as programs, and p what they are of.
func calls(t *testing.T) (p *ir.Protocol, list []call) {
	t.Helper()
	tree, findings := source.Load(schema.Files, "schema")
	p, more := lower.Lower(tree)
	for _, f := range append(findings, more...) {
		t.Fatal(f)
	}
	for _, m := range p.Methods {
		for _, x := range m.Examples {
			if !m.Runtime && x.Params != nil && (x.Dialect == nil || x.Dialect == p.Canonical()) {
				list = append(list, call{m, x.Params})
			}
		}
	}
	if len(list) < 80 {
		t.Fatalf("only %d examples", len(list))
	}
	return p, list
}

// configured is what this repository's configuration makes the site with.
func configured(t *testing.T) (e struct {
	Go         *golang.Client
	TypeScript *typescript.Emitter
	Python     *python.Emitter
}) {
	t.Helper()
	text, err := gatesmith.Project.ReadFile(run.ConfigFile)
	if err != nil {
		t.Fatal(err)
	}
	config, err := run.ParseConfig(text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := config.SiteEmitter(gatesmith.Project, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Go, e.TypeScript, e.Python = s.Go, s.TypeScript, s.Python
	return e
}

// sent compares what programs printed, a line a call, with the examples.
func sent(t *testing.T, list []call, printed []byte) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(printed)), "\n")
	if len(lines) != len(list) {
		t.Fatalf("%d of %d programs said what they send:\n%.2000s", len(lines), len(list), printed)
	}
	for i, c := range list {
		var got, want any
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatalf("%s: %v: %s", c.method.Wire, err, lines[i])
		}
		if err := json.Unmarshal(c.params, &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s sends %s, and the example is %s", c.method.Wire, lines[i], c.params)
		}
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func output(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%.4000s%.4000s", cmd.Path, err, out, complaints.Bytes())
	}
	return out
}

// TestGoExamples: each compiles as it stands, and its params are those of the
// frames. So do the subscriptions.
func TestGoExamples(t *testing.T) {
	p, list := calls(t)
	client := configured(t).Go
	var program, body strings.Builder
	program.WriteString("package main\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\n\t\"" + client.Import + "\"\n\t\"" + client.Protocol + "\"\n\t\"" + client.Wire + "\"\n)\n\nvar _ wire.Raw\n\n")
	for i, c := range list {
		code, err := client.Call(p, c.method, c.params)
		if err != nil {
			t.Fatal(err)
		}
		_, params, _ := strings.Cut(code, "(ctx, ")
		fmt.Fprintf(&program, "func call%d(ctx context.Context, c *client.Client) (any, error) {\n%s\nreturn result, err\n}\n\n", i, code)
		fmt.Fprintf(&body, "fmt.Println(string((%s).AppendJSON(nil)))\n_ = call%d\n", strings.TrimSuffix(params, ")"), i)
	}
	for i, e := range p.Events {
		code, err := client.Subscription(p, e)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&program, "func hear%d(c *client.Client) {\n%s\n}\n\n", i, code)
		fmt.Fprintf(&body, "_ = hear%d\n", i)
	}
	program.WriteString("var _ protocol.MethodID\n\nfunc main() {\n" + body.String() + "}\n")
	dir := t.TempDir()
	put(t, filepath.Join(dir, "main.go"), program.String())
	sent(t, list, output(t, exec.Command("go", "run", filepath.Join(dir, "main.go"))))
}

// TestTypeScriptExamples: each passes the compiler, and sends the params of the
// frames.
func TestTypeScriptExamples(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		absent(t, "node is not installed")
	}
	p, list := calls(t)
	e := configured(t).TypeScript
	root, err := filepath.Abs("../../client/typescript")
	if err != nil {
		t.Fatal(err)
	}
	var typed, plain strings.Builder
	fmt.Fprintf(&typed, "import type { Client } from %q;\n\ndeclare const client: Client;\n\nexport {};\n", filepath.Join(root, "lib/index.js"))
	plain.WriteString("const client = new Proxy({}, { get: (_, name) => async (params = {}) => console.log(JSON.stringify(params)) });\n")
	for _, c := range list {
		code, err := e.Call(p, c.method, c.params)
		if err != nil {
			t.Fatal(err)
		}
		typed.WriteString("{\n" + code + "\nvoid result;\n}\n")
		plain.WriteString("{\n" + code + "\n}\n")
	}
	for _, x := range p.Events {
		typed.WriteString("{\n" + e.Subscription(p, x) + "\nstop();\n}\n")
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "plain.mjs"), plain.String())
	sent(t, list, output(t, exec.Command("node", filepath.Join(dir, "plain.mjs"))))
	compiler := filepath.Join(root, "node_modules/.bin/tsc")
	if _, err := os.Stat(compiler); err != nil {
		absent(t, "tsc is not installed: make test-typescript installs it")
	}
	put(t, filepath.Join(dir, "typed.mts"), typed.String())
	output(t, exec.Command(compiler, "--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom", "--module", "nodenext", "--types", "", filepath.Join(dir, "typed.mts")))
}

// TestPythonExamples: each passes mypy, and sends the params of the frames.
func TestPythonExamples(t *testing.T) {
	bin, err := filepath.Abs("../../client/python/.venv/current/bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(bin, "mypy")); err != nil {
		absent(t, "there is no virtual environment of the Python client: make test-python makes it")
	}
	p, list := calls(t)
	s, err := configured(t).Python.Snippets(p)
	if err != nil {
		t.Fatal(err)
	}
	var typed, plain strings.Builder
	typed.WriteString("from gatesmith_client import Client\nfrom gatesmith_client.protocol import events, types\n\n\n")
	plain.WriteString(`import asyncio
import json

from gatesmith_client.protocol import types


class Recorder:
    def __getattr__(self, name):
        async def call(params=None):
            print(json.dumps(json.loads(params.to_json())) if params is not None else "{}")
        return call


client = Recorder()


async def main():
`)
	indented := func(code string) string { return "    " + strings.ReplaceAll(code, "\n", "\n    ") + "\n" }
	for i, c := range list {
		code, err := s.Call(c.method, c.params)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&typed, "async def call%d(client: Client) -> None:\n%s    del result\n\n\n", i, indented(code))
		plain.WriteString(indented(code))
	}
	for i, e := range p.Events {
		fmt.Fprintf(&typed, "async def hear%d(client: Client) -> None:\n%s\n\n", i, indented(s.Subscription(e)))
	}
	typed.WriteString("_ = (events, types)\n")
	plain.WriteString("\n\nasyncio.run(main())\n")
	dir := t.TempDir()
	put(t, filepath.Join(dir, "plain.py"), plain.String())
	put(t, filepath.Join(dir, "typed.py"), typed.String())
	sent(t, list, output(t, exec.Command(filepath.Join(bin, "python"), filepath.Join(dir, "plain.py"))))
	output(t, exec.Command(filepath.Join(bin, "mypy"), "--strict", "--cache-dir", dir, filepath.Join(dir, "typed.py")))
}
