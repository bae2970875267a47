// Checks the hand-written modules and writes the declarations beside them. With
// --check it only compares, and fails where they differ.
//
// The compiler prefers declarations to the modules they belong to, so it works
// on a copy without them.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { join, relative } from "node:path";

const root = fileURLToPath(new URL("..", import.meta.url));
const check = process.argv.includes("--check");

mkdirSync(join(root, ".build"), { recursive: true });
const copy = mkdtempSync(join(root, ".build", "declare-"));
try {
  cpSync(join(root, "generated"), join(copy, "generated"), { recursive: true });
  cpSync(join(root, "lib"), join(copy, "lib"), { recursive: true, filter: (path) => !path.endsWith(".d.ts") });
  const options = { noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: ".", outDir: "out" };
  writeFileSync(join(copy, "tsconfig.json"), JSON.stringify({ extends: "../../tsconfig.json", compilerOptions: options, include: ["lib/**/*.js"] }));
  const tsc = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", copy], { stdio: "inherit" });
  if (tsc.status !== 0) {
    process.exitCode = 1;
  } else {
    compare(new Map(declarations(join(copy, "out", "lib")).map((path) => [relative(join(copy, "out"), path), readFileSync(path, "utf8")])));
  }
} finally {
  rmSync(copy, { recursive: true });
}

/** @param {Map<string, string>} made declarations by their paths */
function compare(made) {
  const old = declarations(join(root, "lib")).map((path) => relative(root, path));
  for (const path of new Set([...made.keys(), ...old])) {
    const text = made.get(path);
    const before = old.includes(path) ? readFileSync(join(root, path), "utf8") : undefined;
    if (text === before) {
      continue;
    }
    if (check) {
      console.error(`${path} is not what its module declares: run npm run declare`);
      process.exitCode = 1;
    } else if (text === undefined) {
      rmSync(join(root, path));
    } else {
      writeFileSync(join(root, path), text);
    }
  }
}

/** @param {string} folder */
function declarations(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".d.ts"))
    .map((path) => join(folder, path));
}
