/**
 * Reads JSON text into nodes that keep what JSON.parse loses: numbers as they
 * are written, members that stand twice, and characters that are none.
 *
 * @module
 */

import { badUTF8, beyondFloat, loneSurrogate } from "./issue.js";

/** @typedef {import("./issue.js").Findings} Findings */

/**
 * A JSON value as it stands in the text.
 *
 * @typedef {{ kind: "null" }
 *   | { kind: "bool", value: boolean }
 *   | { kind: "number", literal: string }
 *   | { kind: "string", value: string }
 *   | { kind: "array", items: Node[] }
 *   | { kind: "object", members: { name: string, value: Node }[] }} Node
 */

/** Thrown inside this module where reading cannot go on. */
const stop = Symbol("stop");

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// eslint-disable-next-line no-control-regex -- JSON forbids control characters
const PLAIN = /[^"\\\0-\x1f]*/y;

/** @type {Readonly<Record<string, string>>} */
const escapes = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/**
 * Bytes that are no UTF-8 become halves of surrogate pairs from here on, one
 * each: no text has those, so they are told apart from all others.
 */
const BAD_BYTE = 0xdc00;

/**
 * The text of a message. Bytes are taken as UTF-8.
 *
 * @param {string | Uint8Array} input
 * @returns {string}
 */
export function textOf(input) {
  if (typeof input === "string") {
    return input;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(input);
  } catch {
    return tolerant(input);
  }
}

/** @param {Uint8Array} bytes */
function tolerant(bytes) {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const first = /** @type {number} */ (bytes[i]);
    const size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    try {
      text += strict.decode(bytes.subarray(i, i + size));
      i += size;
    } catch {
      text += String.fromCharCode(BAD_BYTE + first);
      i++;
    }
  }
  return text;
}

/**
 * How many bytes the first length units of a text are in UTF-8.
 *
 * @param {string} text
 * @param {number} length
 */
function byteLength(text, length) {
  let bytes = 0;
  for (const c of text.slice(0, length)) {
    const point = /** @type {number} */ (c.codePointAt(0));
    const half = point >= 0xdc00 && point <= 0xdfff;
    bytes += point < 0x80 || half ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/**
 * Reads a text and reports what is wrong with it as JSON. Undefined when it
 * cannot be compared with a shape.
 *
 * @param {string} text
 * @param {boolean} lenient
 * @param {number} maxDepth
 * @param {Findings} findings
 * @returns {Node | undefined}
 */
export function readText(text, lenient, maxDepth, findings) {
  const reader = new Reader(text, lenient, maxDepth, findings);
  try {
    return reader.whole();
  } catch (fault) {
    if (fault === stop) {
      return undefined;
    }
    throw fault;
  }
}

class Reader {
  /**
   * @param {string} text
   * @param {boolean} lenient
   * @param {number} maxDepth
   * @param {Findings} findings
   */
  constructor(text, lenient, maxDepth, findings) {
    this.text = text;
    this.lenient = lenient;
    this.maxDepth = maxDepth;
    this.findings = findings;
    this.at = 0;
  }

  whole() {
    this.space();
    const node = this.value(this.maxDepth);
    this.space();
    if (this.at < this.text.length) {
      this.syntax(this.at, "expected nothing after the value");
    }
    return node;
  }

  /**
   * Text that is not JSON gets the position instead of a pointer: a broken text
   * has no reliable structure.
   *
   * @param {number} at
   * @param {string} expected
   * @returns {never}
   */
  syntax(at, expected) {
    this.findings.path = [];
    this.findings.report("syntax", "", `${byteLength(this.text, at)}: ${expected}`);
    throw stop;
  }

  space() {
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) {
        return;
      }
      this.at++;
    }
  }

  /**
   * @param {number} depth how many containers may still be opened
   * @returns {Node}
   */
  value(depth) {
    const c = this.text[this.at] ?? "";
    if (c === '"') {
      const { value, wrong } = this.string();
      wrong.forEach((what) => this.findings.report("utf8", "", what));
      return { kind: "string", value };
    }
    if (c === "{" || c === "[") {
      if (depth <= 0) {
        // Going on would do the work that the limit is to spare.
        this.findings.report("depth", "", String(this.maxDepth));
        throw stop;
      }
      return c === "{" ? this.object(depth - 1) : this.array(depth - 1);
    }
    if (c === "-" || (c >= "0" && c <= "9")) {
      return this.number();
    }
    for (const [word, node] of words) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return node;
      }
    }
    return this.syntax(this.at, "expected a value");
  }

  /** @param {number} depth */
  object(depth) {
    /** @type {{ name: string, value: Node }[]} */
    const members = [];
    this.at++;
    this.space();
    if (this.text[this.at] === "}") {
      this.at++;
      return /** @type {Node} */ ({ kind: "object", members });
    }
    if (this.text[this.at] !== '"') {
      this.syntax(this.at, "expected a member name or '}'");
    }
    const names = new Set();
    while (!this.findings.full) {
      members.push(this.member(depth, names));
      this.space();
      const c = this.text[this.at];
      if (c === "}") {
        this.at++;
        return /** @type {Node} */ ({ kind: "object", members });
      }
      if (c !== ",") {
        this.syntax(this.at, "expected ',' or '}' after a member");
      }
      this.at++;
      this.space();
      if (this.text[this.at] !== '"') {
        this.syntax(this.at, "expected a member name");
      }
    }
    throw stop;
  }

  /**
   * @param {number} depth
   * @param {Set<string>} names
   */
  member(depth, names) {
    const { value: name, wrong } = this.string();
    wrong.forEach((what) => this.findings.report("utf8", name, `${what} in a property name`));
    // Bad characters are all replaced alike, so names that have some can't be
    // told apart.
    if (wrong.length === 0 && !this.lenient) {
      if (names.has(name)) {
        this.findings.report("duplicate", name, name);
      }
      names.add(name);
    }
    this.space();
    if (this.text[this.at] !== ":") {
      this.syntax(this.at, "expected ':' after a member name");
    }
    this.at++;
    this.space();
    this.findings.path.push(name);
    const value = this.value(depth);
    this.findings.path.pop();
    return { name, value };
  }

  /** @param {number} depth */
  array(depth) {
    /** @type {Node[]} */
    const items = [];
    this.at++;
    this.space();
    if (this.text[this.at] === "]") {
      this.at++;
      return /** @type {Node} */ ({ kind: "array", items });
    }
    while (!this.findings.full) {
      this.findings.path.push(String(items.length));
      items.push(this.value(depth));
      this.findings.path.pop();
      this.space();
      const c = this.text[this.at];
      if (c === "]") {
        this.at++;
        return /** @type {Node} */ ({ kind: "array", items });
      }
      if (c !== ",") {
        this.syntax(this.at, "expected ',' or ']' after an item");
      }
      this.at++;
      this.space();
    }
    throw stop;
  }

  /** @returns {Node} */
  number() {
    const start = this.at;
    NUMBER.lastIndex = start;
    const literal = NUMBER.exec(this.text)?.[0] ?? "";
    const next = this.text[start + literal.length] ?? "";
    const broken = next === "." ? !/[.eE]/.test(literal) : /[eE]/.test(next) && !/[eE]/.test(literal);
    if (literal === "" || broken) {
      this.syntax(start, "malformed number");
    }
    this.at += literal.length;
    if (!this.lenient && !Number.isFinite(Number(literal))) {
      this.findings.report("range", "", beyondFloat);
    }
    return { kind: "number", literal };
  }

  /**
   * A string, and what is wrong with its characters. Characters that are none
   * are replaced.
   */
  string() {
    let value = "";
    let escaped = false; // an escape was half of a pair
    let raw = false; // the text itself is no UTF-8
    this.at++;
    for (;;) {
      PLAIN.lastIndex = this.at;
      const run = PLAIN.exec(this.text)?.[0] ?? "";
      raw ||= !isWellFormed(run);
      value += toWellFormed(run);
      this.at += run.length;
      const c = this.text[this.at];
      if (c === '"') {
        this.at++;
        /** @type {string[]} */
        const wrong = [];
        if (raw) {
          wrong.push(badUTF8);
        }
        if (escaped && !this.lenient) {
          wrong.push(loneSurrogate);
        }
        return { value, wrong };
      }
      if (c === undefined) {
        this.syntax(this.text.length, "expected '\"' at the end of a string");
      }
      if (c !== "\\") {
        this.syntax(this.at, "control character in a string");
      }
      const plain = escapes[this.text[this.at + 1] ?? ""];
      if (plain !== undefined) {
        value += plain;
        this.at += 2;
        continue;
      }
      const unit = this.unit();
      value += unit;
      escaped ||= unit === "\ufffd" && this.lone;
    }
  }

  /** Whether the last escape was half of a pair. */
  lone = false;

  /**
   * Decodes the escape \u… at hand, and the one behind it that completes it.
   */
  unit() {
    const start = this.at;
    const first = this.hex(this.at);
    if (first === undefined) {
      this.syntax(start, "malformed escape in a string");
    }
    this.at += 6;
    this.lone = false;
    if (first < 0xd800 || first > 0xdfff) {
      return String.fromCharCode(first);
    }
    if (this.text.startsWith("\\u", this.at)) {
      const second = this.hex(this.at);
      if (second === undefined) {
        this.syntax(start, "malformed escape in a string");
      }
      if (first < 0xdc00 && second >= 0xdc00 && second <= 0xdfff) {
        this.at += 6;
        return String.fromCharCode(first, second);
      }
    }
    this.lone = true;
    return "\ufffd";
  }

  /** @param {number} at */
  hex(at) {
    const digits = this.text.slice(at, at + 6);
    return /^\\u[0-9A-Fa-f]{4}$/.test(digits) ? parseInt(digits.slice(2), 16) : undefined;
  }
}

/** @type {readonly (readonly [string, Node])[]} */
const words = [
  ["true", { kind: "bool", value: true }],
  ["false", { kind: "bool", value: false }],
  ["null", { kind: "null" }],
];

const LONE = /\p{Surrogate}/u;
const LONES = /\p{Surrogate}+/gu;

/** What engines have had since 2023. */
const builtIn = /** @type {{ isWellFormed?: () => boolean }} */ (/** @type {unknown} */ (String.prototype)).isWellFormed;

/**
 * Whether no half of a surrogate pair stands alone.
 *
 * @type {(text: string) => boolean}
 */
export const isWellFormed = builtIn === undefined ? (text) => !LONE.test(text) : (text) => builtIn.call(text);

/** @param {string} text */
function toWellFormed(text) {
  return !isWellFormed(text) ? text.replace(LONES, "\ufffd") : text;
}

/**
 * What a node stands for. Of members that stand twice the last one counts.
 *
 * @param {Node} node
 * @returns {unknown}
 */
export function valueOf(node) {
  switch (node.kind) {
    case "null":
      return null;
    case "number": {
      const n = Number(node.literal);
      return Number.isFinite(n) ? n : Math.sign(n) * Number.MAX_VALUE;
    }
    case "array":
      return node.items.map(valueOf);
    case "object": {
      /** @type {Record<string, unknown>} */
      const o = {};
      for (const m of node.members) {
        // A plain assignment to __proto__ would set the prototype.
        Object.defineProperty(o, m.name, { value: valueOf(m.value), configurable: true, enumerable: true, writable: true });
      }
      return o;
    }
  }
  return node.value;
}

/**
 * The node of a value that JSON can hold, as JSON.stringify would write it.
 * Undefined where it cannot: a function, a cycle, more levels than maxDepth.
 *
 * @param {unknown} value
 * @param {number} depth
 * @returns {Node | undefined}
 */
export function nodeOf(value, depth) {
  switch (typeof value) {
    case "boolean":
      return { kind: "bool", value };
    case "string":
      return { kind: "string", value };
    case "number":
      return Number.isFinite(value) ? { kind: "number", literal: String(value) } : { kind: "null" };
    case "object":
      return value === null ? { kind: "null" } : depth <= 0 ? undefined : containerOf(value, depth - 1);
  }
  return undefined;
}

/**
 * @param {object} value
 * @param {number} depth
 * @returns {Node | undefined}
 */
function containerOf(value, depth) {
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return nodeOf(value.toJSON(), depth + 1);
  }
  if (Array.isArray(value)) {
    return { kind: "array", items: value.map((item) => nodeOf(item, depth) ?? { kind: "null" }) };
  }
  /** @type {{ name: string, value: Node }[]} */
  const members = [];
  for (const [name, member] of Object.entries(value)) {
    const node = nodeOf(member, depth);
    if (node !== undefined) {
      members.push({ name, value: node });
    }
  }
  return { kind: "object", members };
}
