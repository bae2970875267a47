/**
 * What only Node can do.
 *
 * @module
 */

import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Counts temporary files of this process. */
let made = 0;

/**
 * Keeps texts as files of a folder that only their owner can read. A file that
 * others can read is refused: what is in it is no secret any more.
 *
 * @param {string} folder
 * @returns {import("./device.js").Store}
 */
export function fileStore(folder) {
  return {
    async get(name) {
      const path = join(folder, name);
      try {
        const { mode } = await stat(path);
        // Windows has no such bits; there the folder's list of rights decides.
        if (process.platform !== "win32" && (mode & 0o077) !== 0) {
          throw new Error(`${path} can be read by others: mode is ${(mode & 0o777).toString(8).padStart(4, "0")}: expected 0600: if nobody has copied it, run chmod 600`);
        }
        return await readFile(path, "utf8");
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") {
          return undefined;
        }
        throw error;
      }
    },
    async set(name, text) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // Replaced at once, so that a crash leaves the old file or the new one.
      const path = join(folder, name);
      const temporary = `${path}.${process.pid}-${++made}`;
      try {
        const file = await open(temporary, "wx", 0o600);
        await file.writeFile(text);
        await file.sync();
        await file.close();
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    async delete(name) {
      await rm(join(folder, name), { force: true });
    },
  };
}
