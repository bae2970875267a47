package gen_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gatesmith/gatesmith/gen/emit/typescript"
)

// loader imports the modules of every folder it is given, and makes the checks
// of every shape, so that a constant that is used before it is declared, or a
// reference that leads nowhere, is found.
const loader = `
import { pathToFileURL } from "node:url";
import { is } from %s;
for (const folder of process.argv.slice(2)) {
	try {
		const load = (name) => import(pathToFileURL(folder + "/" + name + ".js"));
		const shapes = Object.values(await load("types"));
		for (const name of ["methods", "events", "tables", "protocol"]) await load(name);
		for (const mode of ["strict", "lenient"]) for (const shape of shapes) is(shape, { kind: [null] }, { mode });
	} catch (error) {
		console.log(folder + ": " + error.stack);
	}
}
`

// TestEveryCaseInTypeScript: what is accepted can be emitted in TypeScript, and
// the modules load.
func TestEveryCaseInTypeScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("node is not there: tools/needs.sh installs it")
	}
	if err != nil {
		t.Skip("NOT RUN: node is not there, so nobody has looked whether emitted modules load")
	}
	runtime, err := filepath.Abs("../client/typescript/lib/wire/index.js")
	if err != nil {
		t.Fatal(err)
	}
	specifier, _ := json.Marshal(filepath.ToSlash(runtime))
	folder := t.TempDir()
	script := filepath.Join(folder, "load.mjs")
	write(t, script, []byte(strings.Replace(loader, "%s", string(specifier), 1)))
	write(t, filepath.Join(folder, "package.json"), []byte(`{"type":"module"}`))
	args := []string{script}
	for _, c := range cases(t) {
		o := c.run(t)
		if len(o.findings) > 0 {
			continue
		}
		files, err := typescript.Emitter{Wire: filepath.ToSlash(runtime)}.Emit(o.model)
		if err != nil {
			t.Errorf("%s: %v", c, err)
			continue
		}
		dir := filepath.Join(folder, filepath.FromSlash(c.name))
		for _, f := range files {
			write(t, filepath.Join(dir, filepath.FromSlash(f.Path)), f.Data)
		}
		args = append(args, dir)
	}
	if len(args) < 20 {
		t.Fatalf("only %d cases are accepted", len(args)-1)
	}
	out, err := exec.Command(node, args...).CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%d cases load", len(args)-1)
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
