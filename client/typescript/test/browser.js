// Headless Chromium, driven over its debugging protocol.
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { WebSocket } from "ws";

/** The browser's program, or undefined. */
export function findBrowser() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const paths = names.flatMap((name) => (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Opens a page, evaluates an expression in it, and gives its value with what the
 * browser had to complain about.
 */
export async function inPage(program, url, expression) {
  const folder = mkdtempSync(join(tmpdir(), "browser-"));
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-port=0", `--user-data-dir=${folder}`];
  const child = spawn(program, [...flags, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
  const exited = once(child, "exit");
  let socket;
  try {
    socket = new WebSocket(await devtools(child));
    await once(socket, "open");
    const complaints = [];
    const send = protocol(socket, complaints);
    const { targetId } = await send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
    for (const domain of ["Runtime", "Log", "Page"]) {
      await send(`${domain}.enable`, {}, sessionId);
    }
    await send("Page.navigate", { url }, sessionId);
    let value;
    while (value === undefined) {
      // The page may not be there yet.
      const answer = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true }, sessionId);
      value = answer.result.value;
    }
    return { value, complaints };
  } finally {
    socket?.close();
    child.kill("SIGKILL");
    await exited;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function devtools(child) {
  let said = "";
  return new Promise((resolve, reject) => {
    child.stderr.on("data", (data) => {
      said += data;
      const found = /DevTools listening on (ws:\S+)/.exec(said);
      if (found !== null) {
        resolve(found[1]);
      }
    });
    child.once("exit", () => reject(new Error(`the browser ended: ${said}`)));
    child.once("error", reject);
  });
}

/** Sends commands and gathers what is complained about. */
function protocol(socket, complaints) {
  const waiting = new Map();
  socket.on("message", (text) => {
    const { id, result, error, method, params } = JSON.parse(text);
    if (id !== undefined) {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      return error === undefined ? resolve(result) : reject(new Error(error.message));
    }
    switch (method) {
      case "Runtime.consoleAPICalled":
        return params.type === "error" && complaints.push(params.args.map((a) => a.value ?? a.description).join(" "));
      case "Runtime.exceptionThrown":
        return complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
      case "Log.entryAdded":
        return params.entry.level === "error" && complaints.push(`${params.entry.text} ${params.entry.url ?? ""}`);
    }
  });
  let last = 0;
  return (method, params, sessionId) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params, sessionId }));
    });
}
