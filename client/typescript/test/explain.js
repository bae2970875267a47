// Explains messages for agree_test.go, which compares with what Go says. Each
// line of the input is a type, a mode and a message in base64; each line of the
// output is the issues, and whether the fast way takes the message.
import { createInterface } from "node:readline";
import { decode, explain } from "../lib/wire/index.js";

const types = await import(process.argv[2] ?? "../generated/types.js");

function accepted(shape, bytes, mode) {
  try {
    decode(shape, bytes, { mode });
    return true;
  } catch {
    return false;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [type, mode, text] = line.split(" ");
  const bytes = new Uint8Array(Buffer.from(text, "base64"));
  process.stdout.write(JSON.stringify({ issues: explain(types[type], bytes, { mode }), accepted: accepted(types[type], bytes, mode) }) + "\n");
}
