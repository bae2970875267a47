// Checks a description of a protocol with what its format publishes:
//
//	node validate.mjs asyncapi|openrpc FILE
//
// The document has to be valid, its references have to lead somewhere, and its
// examples have to be valid against the schemas beside them. Prints one line a
// fault, and exits with 1 when there is one.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Ajv from "ajv";
import formats from "ajv-formats";

const require = createRequire(import.meta.url);
const [kind, file] = process.argv.slice(2);
const doc = JSON.parse(readFileSync(file, "utf8"));
const faults = [];

// Both name another one of theirs as what they are written in, which says the
// same as draft-07.
function plain({ $schema, ...schema }) {
  return schema;
}

function published() {
  if (kind === "asyncapi") {
    return require("@asyncapi/specs/schemas/" + doc.asyncapi + "-without-$id.json");
  }
  return plain(require("@open-rpc/meta-schema").openrpcDocument);
}

function ajv() {
  const a = new Ajv({ strict: false, allErrors: true, logger: false });
  formats(a);
  return a;
}

function formal() {
  const a = ajv();
  if (kind === "openrpc") {
    const schema = plain(require("@json-schema-tools/meta-schema").jsonSchema);
    a.addSchema(schema);
    a.addSchema({ $id: schema.$id.replace(/\/$/, ""), $ref: schema.$id }); // it is referred to both ways
  }
  const check = a.compile(published());
  if (!check(doc)) {
    for (const e of check.errors.slice(0, 20)) faults.push(`${e.instancePath}: ${e.message}`);
  }
}

const at = (pointer) =>
  pointer
    .split("/")
    .slice(1)
    .map((t) => decodeURIComponent(t).replace(/~1/g, "/").replace(/~0/g, "~"))
    .reduce((v, t) => v?.[t], doc);

let references = 0;
function refs(v, path) {
  if (Array.isArray(v)) v.forEach((x, i) => refs(x, `${path}/${i}`));
  else if (v && typeof v === "object") {
    if (typeof v.$ref === "string") {
      references++;
      if (at(v.$ref.slice(1)) === undefined) faults.push(`${path}: ${v.$ref} leads nowhere`);
    }
    for (const [k, x] of Object.entries(v)) if (k !== "examples") refs(x, `${path}/${k}`);
  }
}

// Every operation speaks of messages of the channel, as the format asks.
function operations() {
  for (const [name, op] of Object.entries(doc.operations)) {
    for (const m of [...op.messages, ...(op.reply?.messages ?? [])]) {
      if (!m.$ref.startsWith("#/channels/connection/messages/")) faults.push(`${name}: ${m.$ref} is no message of the channel`);
    }
  }
}

let examples = 0;
function valid(schemas, pointer, value, where) {
  examples++;
  const check = schemas.getSchema("doc#" + pointer) ?? schemas.compile({ $ref: "doc#" + pointer });
  if (!check(value)) faults.push(`${where}: ${schemas.errorsText(check.errors)}: ${JSON.stringify(value).slice(0, 200)}`);
}

const token = (s) => encodeURIComponent(s.replace(/~/g, "~0").replace(/\//g, "~1"));

function samples() {
  const schemas = ajv();
  schemas.addSchema(doc, "doc", false, false);
  if (kind === "asyncapi") {
    for (const [name, m] of Object.entries(doc.components.messages)) {
      for (const x of m.examples ?? []) valid(schemas, `/components/messages/${token(name)}/payload`, x.payload, name);
    }
    return;
  }
  doc.methods.forEach((m, i) => {
    for (const x of m.examples ?? []) {
      for (const p of x.params) {
        const k = m.params.findIndex((d) => d.name === p.name);
        if (k < 0) faults.push(`${m.name}: the example has ${p.name}, which is no param`);
        else valid(schemas, `/methods/${i}/params/${k}/schema`, p.value, `${m.name} ${p.name}`);
      }
      valid(schemas, `/methods/${i}/result/schema`, x.result.value, `${m.name} result`);
    }
  });
}

formal();
refs(doc, "");
if (kind === "asyncapi") operations();
if (faults.length === 0) samples();
for (const f of faults) console.log(f);
console.log(`${kind}: ${references} references, ${examples} examples, ${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
