import assert from "node:assert/strict";
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

test("the package holds the modules, each with its declarations, and nothing else", () => {
  const [packed] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, stdio: ["ignore", "pipe", "ignore"] }));
  const files = packed.files.map(({ path }) => path);
  const modules = files.filter((path) => path.endsWith(".js"));
  assert.deepEqual(files.filter((path) => path.endsWith(".d.ts")).sort(), modules.map((path) => path.replace(/\.js$/, ".d.ts")).sort());
  const rest = files.filter((path) => !/^(lib|generated)\/.*\.(js|d\.ts)$/.test(path));
  assert.deepEqual(rest.sort(), ["LICENSE", "README.md", "package.json"]);
  for (const entry of Object.values(manifest.exports)) {
    for (const path of typeof entry === "string" ? [entry] : Object.values(entry)) {
      assert.ok(existsSync(new URL(`../${path}`, import.meta.url)), path);
    }
  }
  assert.equal(manifest.dependencies, undefined);
  assert.equal(readFileSync(new URL("../LICENSE", import.meta.url), "utf8"), readFileSync(new URL("../../../LICENSE", import.meta.url), "utf8"));
  assert.match(readFileSync(new URL("../lib/options.js", import.meta.url), "utf8"), new RegExp(`packageVersion = "${manifest.version}"`));
});

test("the lockfile names no registry", () => {
  assert.doesNotMatch(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8"), /"resolved"/);
});

/** Bundles a program, as a web page would load it. */
async function bundled(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

test("a bundle holds what a program uses", async (t) => {
  const all = await bundled('export { Client } from "gatesmith-client";');
  const small = await bundled('export { Connection } from "gatesmith-client/connection"; export { chatSend } from "gatesmith-client/methods";');
  const check = await bundled('export { is } from "gatesmith-client"; export { ChatSendParams } from "gatesmith-client/types";');
  t.diagnostic(`minified: ${all.length} bytes with all methods, ${small.length} with one, ${check.length} for a check alone`);
  assert.ok(small.length < all.length / 2 && check.length < small.length, "unused methods and types stay behind");
  assert.ok(!small.includes("exec.approval"), "a method that is not used");
  assert.ok(!check.includes("WebSocket"), "the connection");
  assert.ok(!all.includes("TailscaleConfig") && !all.includes("node:"), "configuration, and what only Node has");
});
