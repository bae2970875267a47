package vendored

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	repository "github.com/gatesmith/gatesmith"
	"github.com/gatesmith/gatesmith/gen/vendor"
	"github.com/gatesmith/gatesmith/protocol"
	"github.com/gatesmith/gatesmith/schema"
	"github.com/gatesmith/gatesmith/tools/oracle"
)

// place writes a client in a language into a folder of somebody's.
func place(t *testing.T, dir, language string, groups ...string) {
	t.Helper()
	s, err := oracle.Load(schema.Files)
	if err != nil {
		t.Fatal(err)
	}
	files, err := vendor.Files(s.Model, repository.Sources, vendor.Options{Language: language, Groups: groups})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		put(t, filepath.Join(dir, f.Path), string(f.Data))
	}
}

// absent leaves a test out for want of something, but for CI.
func absent(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip("NOT CHECKED: " + what)
}

// answers runs somebody's program, and checks what it says of the gateway.
func answers(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Version, Schema, Refused string
		Health                   bool
		Others                   bool // methods of groups that were not asked for
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if got.Version != "v1.2.3" || got.Schema != protocol.SchemaHash || !got.Health || got.Others || !strings.Contains(got.Refused, "no.such.method") {
		t.Errorf("got %s", out)
	}
}

const typeScriptProgram = `
import { Client, schemaHash } from "./gateway/lib/index.js";
import { createRequire } from "node:module";

const [address, token, ws] = process.argv.slice(2);
const WebSocket = globalThis.WebSocket ?? createRequire(import.meta.url)(ws);
const client = new Client(address, { token, WebSocket });
await client.connect();
const health = await client.health();
let refused = "";
try {
  await client.call("no.such.method", {});
} catch (e) {
  refused = String(e);
}
console.log(JSON.stringify({
  version: client.hello.server.version, schema: schemaHash, health: typeof health === "object", refused, others: "cronList" in client,
}));
await client.close();
`

// TestTypeScript: a vendored client of a few groups runs in node as it is, with
// nothing installed but, for node before 22, a WebSocket.
func TestTypeScript(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		absent(t, "node is not installed")
	}
	ws, err := filepath.Abs("../../client/typescript/node_modules/ws")
	if err != nil {
		t.Fatal(err)
	}
	builtIn := exec.Command("node", "-e", "process.exit(globalThis.WebSocket ? 0 : 1)").Run() == nil
	if _, err := os.Stat(ws); err != nil && !builtIn {
		absent(t, "node has no WebSocket, and client/typescript has none installed: npm ci there")
	}
	dir := t.TempDir()
	place(t, filepath.Join(dir, "gateway"), "ts", "system")
	put(t, filepath.Join(dir, "main.mjs"), typeScriptProgram)
	url, token := gateway(t)
	answers(t, dir, "node", "main.mjs", url, token, ws)
}

const pythonProgram = `
import asyncio
import json
import sys

from app.gateway import Client, Options
from app.gateway.protocol.version import SCHEMA_HASH


async def main(address, token):
    async with Client(address, Options(token=token)) as client:
        health = await client.health()
        try:
            await client.call_raw("no.such.method", {})
            refused = ""
        except Exception as e:
            refused = str(e)
        print(json.dumps({
            "version": client.hello.server.version,
            "schema": SCHEMA_HASH,
            "health": health is not None,
            "refused": refused,
            "others": hasattr(client, "cron_list"),
        }))


asyncio.run(main(*sys.argv[1:]))
`

// TestPython: the same in Python, as a package within another one, with the
// package websockets and nothing else.
func TestPython(t *testing.T) {
	python := ""
	for _, candidate := range []string{"../../client/python/.venv/current/bin/python", "python3"} {
		if path, err := exec.LookPath(candidate); err == nil && exec.Command(path, "-c", "import websockets").Run() == nil {
			if python, err = filepath.Abs(path); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if python == "" {
		absent(t, "no Python has the package websockets: tools/test-python.sh makes one that does")
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "app/__init__.py"), "")
	place(t, filepath.Join(dir, "app/gateway"), "python", "system")
	put(t, filepath.Join(dir, "main.py"), pythonProgram)
	url, token := gateway(t)
	answers(t, dir, python, "main.py", url, token)
}
