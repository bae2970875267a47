// The real gateway, for tests: on a free port, with a state folder of its own.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { once } from "node:events";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";

export const token = "a token for tests, long enough";

/** The gateway's program: GATEWAY names another one than make build leaves. */
const program = process.env.GATEWAY ?? fileURLToPath(new URL("../../../bin/gateway", import.meta.url));

/**
 * Starts a gateway, and gives its address without a path and what stops it.
 *
 * @param {readonly string[]} [flags]
 * @param {number} [port] to come back to
 */
export async function startGateway(flags = [], port = 0, folder = mkdtempSync(join(tmpdir(), "gateway-"))) {
  if (!existsSync(program)) {
    throw new Error(`${program} is not there: run make build, or name one with GATEWAY`);
  }
  const args = ["serve", "--port", String(port), "--state-dir", folder, "--token", token, ...flags];
  const child = spawn(program, args, { env: { PATH: process.env.PATH, HOME: folder }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const address = await new Promise((resolve, reject) => {
    const listen = (data) => {
      said += data;
      const found = /listens on (ws:\/\/[^/\s]+)/.exec(said);
      if (found !== null) {
        resolve(found[1]);
      }
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`the gateway ended: ${said}`)));
  });
  return {
    address,
    folder,
    said: () => said,
    /** Stops the gateway; keep leaves its folder for the next one. */
    async stop({ keep = false } = {}) {
      if (child.exitCode === null) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      if (!keep) {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}
