// Times JSON.parse and ajv over the corpus, and prints lines as `go test -bench`
// does. It is started by tools/bench/report, which writes the draft-07 bundle:
//
//   node bench.mjs <corpus folder> <bundle.json> [milliseconds a round] [rounds]
//
// ajv is set up as the gateway in the field has it: all errors, not the first.
// "ajv-first" stops at the first one. The text is a string already, as the
// WebSocket library gives it after decoding UTF-8; "ajv-bytes" begins with the
// bytes, as the Go pipelines do.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";

const [folder, bundlePath, ms = "50", rounds = "5"] = process.argv.slice(2);
const bundle = JSON.parse(readFileSync(bundlePath, "utf8"));

function validators(allErrors) {
  const ajv = new Ajv({ allErrors, strict: false, validateFormats: true, logger: false });
  ajv.addFormat("date-time", true).addFormat("uuid", true).addFormat("uri", true).addFormat("base64", true);
  ajv.addSchema(bundle, "bundle");
  return (name) => ajv.compile({ $ref: `bundle#/definitions/${name}` });
}

// One function for each message: then each has call sites of its own, which V8
// can specialise.
function pipeline(message, validator) {
  const validate = validator(message.definition);
  if (!message.frame) {
    return new Function("validate", "return (text) => { const v = JSON.parse(text); return validate(v); }")(validate);
  }
  const frame = validator("RequestFrame");
  return new Function(
    "frame", "validate",
    "return (text) => { const v = JSON.parse(text); return frame(v) && validate(v.params); }",
  )(frame, validate);
}

function time(run, text) {
  const budget = Number(ms) * 1e6;
  let n = 1;
  for (;;) {
    const start = process.hrtime.bigint();
    for (let k = 0; k < n; k++) run(text);
    const took = Number(process.hrtime.bigint() - start);
    if (took >= budget) return took / n;
    n = Math.min(n * 100, Math.max(n + 1, Math.ceil((n * budget * 1.2) / Math.max(took, 1))));
  }
}

const all = validators(true);
const first = validators(false);
const corpus = JSON.parse(readFileSync(join(folder, "..", "corpus.json"), "utf8"));
for (const message of corpus) {
  const good = readFileSync(join(folder, message.name + ".json"), "utf8");
  const bad = good.replace(message.break.find, () => message.break.put);
  for (const [kind, text] of [["Decode", good], ["Refuse", bad]]) {
    const bytes = Buffer.from(text);
    const allErrors = pipeline(message, all);
    const ways = {
      ajv: allErrors,
      "ajv-first": pipeline(message, first),
      "ajv-bytes": (b) => allErrors(b.toString("utf8")),
      parse: (s) => JSON.parse(s),
    };
    for (const [name, run] of Object.entries(ways)) {
      const input = name === "ajv-bytes" ? bytes : text;
      if (name !== "parse" && run(input) !== (kind === "Decode")) {
        throw new Error(`${name}: wrong verdict on ${kind} ${message.name}`);
      }
      time(run, input); // warms up
      for (let r = 0; r < Number(rounds); r++) {
        console.log(`Benchmark${kind}/${message.name}/${name} 1 ${time(run, input).toFixed(1)} ns/op`);
      }
    }
  }
}
