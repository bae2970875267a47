import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import * as types from "../generated/types.js";
import { decode, is, issuesOf, IssuesError } from "../lib/wire/index.js";
import { readText, valueOf } from "../lib/wire/text.js";
import { Findings } from "../lib/wire/issue.js";

// The vectors that all languages share: those made of the schema, and those
// written by hand for traps. None is skipped.
const folder = new URL("../../../testdata/vectors/", import.meta.url);

/**
 * A node as JSON. Numbers and repeated members go through as they are written: a
 * vector is the text of its data, not what JSON.parse makes of it.
 */
function print(node) {
  switch (node.kind) {
    case "number":
      return node.literal;
    case "array":
      return `[${node.items.map(print).join(",")}]`;
    case "object":
      return `{${node.members.map((m) => `${JSON.stringify(m.name)}:${print(m.value)}`).join(",")}}`;
  }
  return JSON.stringify(valueOf(node));
}

/** The sets of a file, which is one or several. */
function setsOf(url) {
  const findings = new Findings();
  const file = readText(readFileSync(url, "utf8"), false, 100, findings);
  assert.deepEqual(findings.issues, [], url.href);
  return (file.kind === "array" ? file.items : [file]).map((set) => {
    const member = (node, name) => node.members.find((m) => m.name === name)?.value;
    const tests = member(set, "tests").items.map((vector) => {
      const data = member(vector, "data");
      return { ...valueOf(vector), text: data === undefined ? valueOf(member(vector, "text")) : print(data), isData: data !== undefined };
    });
    return { ...valueOf(set), tests };
  });
}

function* all() {
  for (const path of ["", "traps/"]) {
    for (const name of readdirSync(new URL(path, folder)).sort()) {
      if (name.endsWith(".json")) {
        yield* setsOf(new URL(path + name, folder));
      }
    }
  }
}

function refusal(shape, text, mode) {
  try {
    decode(shape, text, { mode });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof IssuesError, String(error));
    return error.issues[0];
  }
}

test("every vector has its verdict, place and rule", (t) => {
  const count = { generated: 0, byHand: 0 };
  const covered = new Set();
  for (const set of all()) {
    const shape = types[set.type];
    assert.ok(shape, `there is no type ${set.type}`);
    covered.add(set.type);
    for (const vector of set.tests) {
      count[set.generated ? "generated" : "byHand"]++;
      const where = `${set.type}: ${vector.description} (${vector.mode})`;
      const { text } = vector;
      const issue = refusal(shape, text, vector.mode);
      assert.equal(issue === undefined, vector.valid, `${where}\n${text}\n${JSON.stringify(issue)}`);
      assert.equal(refusal(shape, new TextEncoder().encode(text), vector.mode)?.message, issue?.message, `${where}, as bytes`);
      if (!vector.valid && vector.path !== undefined) {
        assert.equal(issue.path, vector.path, where);
      }
      if (!vector.valid && vector.rule !== undefined) {
        assert.equal(issue.rule, vector.rule, where);
      }
      if (vector.isData && JSON.stringify(vector.data) === text) {
        assert.equal(is(shape, vector.data, { mode: vector.mode }), vector.valid, `${where}, as a value`);
        assert.equal(issuesOf(shape, vector.data, { mode: vector.mode }).length === 0, vector.valid, `${where}, as a value`);
      }
    }
  }
  t.diagnostic(`${count.generated} vectors from the schema, ${count.byHand} by hand, none skipped`);
  const composed = Object.keys(types).filter((name) => ["struct", "tagged", "kinds"].includes(types[name].kind));
  assert.deepEqual([...covered].sort(), composed.sort(), "every type that is made of others has vectors");
  assert.ok(count.generated > 6 * covered.size && count.byHand >= 60, "where are the vectors?");
});
