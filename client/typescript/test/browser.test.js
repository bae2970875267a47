import assert from "node:assert/strict";
import { createServer } from "node:http";
import { extname } from "node:path";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { schemaHash } from "gatesmith-client";
import { startGateway, token } from "./gateway.js";
import { test } from "node:test";
import { findBrowser, inPage } from "./browser.js";

const root = new URL("..", import.meta.url);
const kinds = { ".html": "text/html", ".js": "text/javascript" };

/** Serves the package as it is, under a strict content security policy. */
async function serve(t) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    response.setHeader("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src ws://127.0.0.1:*");
    response.setHeader("Content-Type", kinds[extname(pathname)] ?? "text/plain");
    if (pathname === "/favicon.ico") {
      response.writeHead(204).end();
      return;
    }
    try {
      response.end(await readFile(new URL(`.${pathname}`, root)));
    } catch {
      response.writeHead(404).end();
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

const browser = findBrowser();
const missing = browser === undefined && process.env.CI !== "true" ? "NOT RUN: there is no Chromium, so nobody has looked whether the client works in a browser" : false;

test("the modules run in a browser as they are", { timeout: 90_000, skip: missing }, async (t) => {
  assert.ok(browser, "there is no Chromium: tools/needs.sh installs it");
  const origin = await serve(t);
  const gateway = await startGateway(["--allow-origin", origin]);
  t.after(() => gateway.stop());
  const page = `${origin}/test/page/index.html?${new URLSearchParams({ address: gateway.address, token })}`;
  const { value, complaints } = await inPage(browser, page, "globalThis.outcome");
  assert.deepEqual(value, {
    schema: schemaHash,
    ok: true,
    seen: true,
    refused: true,
    issues: ["duplicate", "required", "required", "type"],
    phases: ["connected", "ended"],
    kept: ["gatesmith:device.json", "gatesmith:tokens.json"],
    sameDevice: true,
  });
  assert.deepEqual(complaints, []);
});
