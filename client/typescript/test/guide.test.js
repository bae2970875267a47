import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { startGateway, token } from "./gateway.js";
import { test } from "node:test";

const root = fileURLToPath(new URL("..", import.meta.url));
const guide = readFileSync(new URL("../../../docs/clients/typescript.md", import.meta.url), "utf8");
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The blocks of a language. */
function blocks(text, language) {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map((m) => m[1]);
}

/** Imports may stand in the middle of a program, but each name only once. */
const program = (parts) => parts.join("\n");

/** Runs a program from within the package, where its own name can be imported. */
async function run(t, text) {
  const gateway = await startGateway();
  t.after(() => gateway.stop());
  mkdirSync(join(root, ".build"), { recursive: true });
  const folder = mkdtempSync(join(root, ".build", "guide-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "guide.mjs"), text.replaceAll("ws://127.0.0.1:18789", gateway.address));
  // What Node has built in from 22 on, the test's own may lack.
  writeFileSync(join(folder, "socket.mjs"), 'import { WebSocket } from "ws"; globalThis.WebSocket ??= WebSocket; globalThis.token = process.env.GATEWAY_TOKEN; globalThis.crypto ??= (await import("node:crypto")).webcrypto;');
  const env = { ...process.env, GATEWAY_URL: gateway.address, GATEWAY_TOKEN: token, STATE_DIR: join(folder, "state") };
  return promisify(execFile)(process.execPath, ["--no-warnings", "--import", `./socket.mjs`, "guide.mjs"], { cwd: folder, env, timeout: 20_000 });
}

test("the guide's program prints what the guide says", { timeout: 40_000 }, async (t) => {
  const { stdout } = await run(t, program(blocks(guide, "js")));
  assert.equal(stdout, blocks(guide, "text").join(""));
});

test("the first program of the README runs", { timeout: 40_000 }, async (t) => {
  const [first] = blocks(readme, "js");
  const { stdout } = await run(t, first + "\nawait client.close();\n");
  assert.match(stdout, /status: 'ok'/);
});
