/**
 * Decoding and checking by shape.
 *
 * @module
 */

import { Findings, IssuesError } from "./issue.js";
import { settle, Tally, placeTest } from "./check.js";
import { nodeOf, readText, textOf, valueOf } from "./text.js";
import { Explainer } from "./explain.js";

/**
 * @typedef {import("./issue.js").Issue} Issue
 * @typedef {import("./shape.js").AnyShape} AnyShape
 * @typedef {import("./shape.js").Mode} Mode
 * @typedef {import("./shape.js").Place} Place
 */

/**
 * @template T
 * @typedef {import("./shape.js").Shape<T>} Shape
 */

/**
 * @typedef {object} CheckOptions
 * @property {Mode} [mode] default strict
 * @property {boolean} [nullable] whether null may stand in place of the whole
 * @property {number} [maxDepth] how deep the value may be nested; default 64
 */

const DEFAULT_DEPTH = 64;

/**
 * Reads a message and checks it, as every implementation of the protocol does:
 * strict mode has the verdict of the schema, and refuses what JSON.parse cannot
 * even show, such as a member that stands twice or a number that a double does
 * not hold. Bytes are taken as UTF-8.
 *
 * @template T
 * @param {Shape<T>} shape
 * @param {string | Uint8Array} input
 * @param {CheckOptions} [options]
 * @returns {T}
 * @throws {IssuesError} where the message does not fit
 */
export function decode(shape, input, options = {}) {
  const text = textOf(input);
  const place = { shape, nullable: options.nullable ?? false };
  const quick = fast(text, place, options);
  if (quick !== undefined) {
    return /** @type {T} */ (quick.value);
  }
  const { issues, value } = slow(text, place, options);
  if (issues.length > 0) {
    throw new IssuesError(issues);
  }
  return /** @type {T} */ (value);
}

/**
 * What is wrong with a message: an empty list when nothing is.
 *
 * @param {AnyShape} shape
 * @param {string | Uint8Array} input
 * @param {CheckOptions} [options]
 * @returns {readonly Issue[]}
 */
export function explain(shape, input, options = {}) {
  return slow(textOf(input), { shape, nullable: options.nullable ?? false }, options).issues;
}

/**
 * Whether a value fits that is no text any more. It is judged as JSON.stringify
 * would write it: members that are undefined are absent.
 *
 * @template T
 * @param {Shape<T>} shape
 * @param {unknown} value
 * @param {CheckOptions} [options]
 * @returns {value is T}
 */
export function is(shape, value, options = {}) {
  const tally = new Tally();
  tally.depth = options.maxDepth ?? DEFAULT_DEPTH;
  return placeTest({ shape, nullable: options.nullable ?? false }, options.mode ?? "strict")(value, tally);
}

/**
 * What is wrong with a value that is no text any more.
 *
 * @param {AnyShape} shape
 * @param {unknown} value
 * @param {CheckOptions} [options]
 * @returns {readonly Issue[]}
 */
export function issuesOf(shape, value, options = {}) {
  const depth = options.maxDepth ?? DEFAULT_DEPTH;
  const findings = new Findings();
  const node = nodeOf(value, depth);
  if (node === undefined) {
    findings.report("depth", "", String(depth));
  } else {
    new Explainer(options.mode === "lenient", findings).walk(node, { shape, nullable: options.nullable ?? false });
  }
  return findings.issues;
}

/**
 * Takes a value that JSON.parse made of a message from a newer or older peer:
 * lenient, and put right in place.
 *
 * @template T
 * @param {Shape<T>} shape
 * @param {unknown} value
 * @param {CheckOptions} [options]
 * @returns {T}
 * @throws {IssuesError} where a JSON kind is wrong
 */
export function take(shape, value, options = {}) {
  const place = { shape, nullable: options.nullable ?? false };
  const tally = new Tally();
  tally.depth = options.maxDepth ?? DEFAULT_DEPTH;
  if (!placeTest(place, "lenient")(value, tally)) {
    throw new IssuesError(issuesOf(shape, value, { ...options, mode: "lenient" }));
  }
  return /** @type {T} */ (tally.unsettled ? settle(value, place) : value);
}

/**
 * Decodes a message in which nothing is unusual: undefined where a closer look
 * is needed, be it that the message is wrong or only odd.
 *
 * @param {string} text
 * @param {Place} place
 * @param {CheckOptions} options
 */
function fast(text, place, options) {
  const mode = options.mode ?? "strict";
  const depth = options.maxDepth ?? DEFAULT_DEPTH;
  const members = plainMembers(text, depth);
  if (members < 0) {
    return undefined;
  }
  let value;
  try {
    value = /** @type {unknown} */ (JSON.parse(text));
  } catch {
    return undefined;
  }
  const tally = new Tally();
  tally.depth = depth;
  if (!placeTest(place, mode)(value, tally) || tally.members !== members) {
    return undefined;
  }
  return { value: tally.unsettled ? settle(value, place) : value };
}

/**
 * @param {string} text
 * @param {Place} place
 * @param {CheckOptions} options
 */
function slow(text, place, options) {
  const lenient = options.mode === "lenient";
  const findings = new Findings();
  const node = readText(text, lenient, options.maxDepth ?? DEFAULT_DEPTH, findings);
  if (node === undefined) {
    return { issues: findings.issues, value: undefined };
  }
  new Explainer(lenient, findings).walk(node, place);
  const value = findings.issues.length > 0 ? undefined : valueOf(node);
  return { issues: findings.issues, value: lenient && value !== undefined ? settle(value, place) : value };
}

/**
 * Counts the members of all objects of a text, if it is JSON; -1 when there is
 * something in it that JSON.parse would hide: deep nesting, halves of surrogate
 * pairs, or numbers whose double may differ from what is written.
 *
 * @param {string} text
 * @param {number} maxDepth
 */
export function plainMembers(text, maxDepth) {
  let members = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      i = plainString(text, i + 1);
      if (i < 0) {
        return -1;
      }
    } else if (c === 0x3a) {
      members++;
    } else if (c === 0x7b || c === 0x5b) {
      if (++depth > maxDepth) {
        return -1;
      }
    } else if (c === 0x7d || c === 0x5d) {
      depth--;
    } else if (c >= 0x30 && c <= 0x39) {
      i = plainNumber(text, i);
      if (i < 0) {
        return -1;
      }
    }
  }
  return members;
}

/**
 * Passes a string to its quote.
 *
 * @param {string} text
 * @param {number} start
 */
function plainString(text, start) {
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      return i;
    }
    if (c === 0x5c) {
      i++;
      // An escape of a surrogate begins \ud8 to \udf.
      if (text.charCodeAt(i) === 0x75 && (text.charCodeAt(i + 1) | 0x20) === 0x64 && text.charCodeAt(i + 2) >= 0x38) {
        return -1;
      }
    } else if (c >= 0xd800 && c <= 0xdfff) {
      const next = text.charCodeAt(i + 1);
      if (c > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) {
        return -1;
      }
      i++;
    }
  }
  return -1;
}

/**
 * Passes a number of up to 15 digits without an exponent.
 *
 * @param {string} text
 * @param {number} start
 */
function plainNumber(text, start) {
  let i = start;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x65 || c === 0x45) {
      return -1;
    }
    if (c !== 0x2e && !(c >= 0x30 && c <= 0x39)) {
      break;
    }
  }
  return i - start > 15 ? -1 : i - 1;
}
