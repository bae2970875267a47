package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/protocol/wire"
	"github.com/gatesmith/gatesmith/tools/conformance/session"
)

const folder = "../../testdata/vectors"

// passes plays every session with a driver.
func passes(t *testing.T, command ...string) {
	t.Helper()
	var out bytes.Buffer
	failed, err := sessions(&out, folder, "", time.Minute, command)
	if failed > 0 || err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func absent(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip("NOT CHECKED: " + what)
}

// build makes a program of this repository.
func build(t *testing.T, pkg string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "driver.exe")
	if out, err := exec.Command("go", "build", "-o", program, pkg).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

func TestGo(t *testing.T) { passes(t, build(t, "./driver")) }

func TestTypeScript(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		absent(t, "node is not installed")
	}
	if _, err := os.Stat("../../client/typescript/node_modules/ws"); err != nil {
		absent(t, "the packages of the TypeScript client's tests are not installed: make test-typescript installs them")
	}
	passes(t, "node", "../../client/typescript/test/session.js")
}

func TestPython(t *testing.T) {
	python := "../../client/python/.venv/current/bin/python"
	if _, err := os.Stat(python); err != nil {
		absent(t, "there is no virtual environment of the Python client: make test-python makes it")
	}
	passes(t, python, "../../client/python/tests/session.py")
}

// TestValues: a driver that judges rightly passes, and one that does not is told
// where.
func TestValues(t *testing.T) {
	judge := build(t, "../judge")
	var out bytes.Buffer
	if failed, err := values(&out, folder, time.Minute, []string{judge, "-schema", "../../schema"}); failed > 0 || err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if _, err := exec.LookPath("awk"); err != nil {
		return
	}
	out.Reset()
	if failed, err := values(&out, folder, time.Minute, []string{"awk", `{ print "{\"issues\":[]}" }`}); failed == 0 || err != nil || !strings.Contains(out.String(), "it is not valid, and was accepted") {
		t.Errorf("%d faults, %v\n%s", failed, err, out.String())
	}
}

// scripts are the committed sessions by their files.
func scripts(t *testing.T) map[string]*session.Script {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "sessions", "*.json"))
	if err != nil || len(files) < 7 {
		t.Fatalf("%d sessions: %v", len(files), err)
	}
	out := map[string]*session.Script{}
	for _, file := range files {
		s, err := session.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		out[file] = s
	}
	return out
}

// TestScriptsFitTheSchema: calls have params that a gateway takes.
func TestScriptsFitTheSchema(t *testing.T) {
	for file, s := range scripts(t) {
		for i, st := range s.Steps {
			if st.Call == nil {
				continue
			}
			id, _ := protocol.LookupMethod(st.Call.Method)
			if _, err := protocol.DecodeAliasParams(id, st.Call.Params, wire.Strict); err != nil {
				t.Errorf("%s, step %d: %v", file, i+1, err)
			}
		}
	}
}

// TestDriversThatFail: a client that does nothing, or ends too early, does not
// pass.
func TestDriversThatFail(t *testing.T) {
	var out bytes.Buffer
	failed, err := sessions(&out, folder, "refused", time.Minute, []string{build(t, "./driver"), "too", "many"})
	if failed != 1 || err != nil || !strings.Contains(out.String(), "FAIL refused") {
		t.Errorf("%d failed, %v\n%s", failed, err, out.String())
	}
	if _, err := sessions(&out, folder, "no such session", time.Minute, nil); err == nil {
		t.Error("nothing to play is no fault")
	}
}

// TestPage does what docs/conformance.md prints, and looks whether it tells of
// every step.
func TestPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for field := range reflect.TypeFor[session.Step]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !strings.Contains(text, "\n| `"+name+"` | ") {
			t.Errorf("the page does not tell of the step %s", name)
		}
	}
	if _, err := exec.LookPath("node"); err != nil {
		absent(t, "node is not installed")
	}
	dir := t.TempDir()
	blocks := map[string][]string{}
	for part := range strings.SplitSeq(text, "\n```") {
		if kind, block, found := strings.Cut(part, "\n"); found && kind != "" {
			blocks[kind] = append(blocks[kind], block)
		}
	}
	if len(blocks["js"]) != 1 || len(blocks["sh"]) != 3 || len(blocks["text"]) != 2 {
		t.Fatalf("the page has changed: %d programs, %d commands, %d outputs", len(blocks["js"]), len(blocks["sh"]), len(blocks["text"]))
	}
	driver := filepath.Join(dir, "driver.mjs")
	if err := os.WriteFile(driver, []byte(blocks["js"][0]), 0o600); err != nil {
		t.Fatal(err)
	}
	// The first command is for a driver of every session: one of ours.
	for i, command := range []string{strings.Replace(blocks["sh"][0], "node driver.mjs", "node client/typescript/test/session.js", 1), blocks["sh"][1]} {
		// What is on by default from Node 22 on.
		words := strings.Fields(strings.Replace(command, "node driver.mjs", "node --no-warnings --experimental-websocket "+driver, 1))
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir = "../.."
		out, err := cmd.CombinedOutput()
		if err != nil || strings.TrimSpace(string(out)) != strings.TrimSpace(blocks["text"][i]) {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}
