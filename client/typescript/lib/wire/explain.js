/**
 * Where a JSON value departs from a shape. The order of the issues is part of
 * the protocol's contract, so it is the schema's where the schema has one.
 *
 * @module
 */

import { beyondInt } from "./issue.js";
import { compare, isInteger, multipleOf, numberKey, safeInteger } from "./number.js";
import { validFormat } from "./format.js";
import { resolve } from "./shape.js";

/**
 * @typedef {import("./issue.js").Findings} Findings
 * @typedef {import("./text.js").Node} Node
 * @typedef {import("./shape.js").AnyShape} AnyShape
 * @typedef {import("./shape.js").ArrayShape} ArrayShape
 * @typedef {import("./shape.js").Check} Check
 * @typedef {import("./shape.js").KindsShape} KindsShape
 * @typedef {import("./shape.js").Place} Place
 * @typedef {import("./shape.js").ScalarShape} ScalarShape
 * @typedef {import("./shape.js").Sets} Sets
 * @typedef {import("./shape.js").StructShape} StructShape
 * @typedef {import("./shape.js").TaggedShape} TaggedShape
 * @typedef {Extract<Node, { kind: "object" }>} ObjectNode
 */

export class Explainer {
  /**
   * @param {boolean} lenient
   * @param {Findings} findings
   */
  constructor(lenient, findings) {
    this.lenient = lenient;
    this.findings = findings;
  }

  /**
   * Compares a value with its place.
   *
   * @param {Node} node
   * @param {Place} place
   */
  walk(node, place) {
    const shape = resolve(place.shape);
    if (this.findings.full || shape.kind === "any") {
      return;
    }
    if (node.kind === "null") {
      // In lenient mode null is as good as absent.
      if (!place.nullable && !this.lenient) {
        this.findings.report("type", "", kindNames(shape, false));
      }
      return;
    }
    if (!fits(node, shape, this.lenient)) {
      this.findings.report("type", "", kindNames(shape, place.nullable ?? false));
      return;
    }
    this.#inside(node, shape);
  }

  /**
   * Compares a value that is a step below the one at hand.
   *
   * @param {string} step
   * @param {Node} node
   * @param {Place} place
   */
  #below(step, node, place) {
    this.findings.path.push(step);
    this.walk(node, place);
    this.findings.path.pop();
  }

  /**
   * Looks at a value whose kind fits.
   *
   * @param {Node} node
   * @param {AnyShape} shape
   * @returns {void}
   */
  #inside(node, shape) {
    switch (shape.kind) {
      case "any":
      case "object":
        return;
      case "array":
        return this.#array(/** @type {Extract<Node, { kind: "array" }>} */ (node), shape);
      case "map":
        return /** @type {ObjectNode} */ (node).members.forEach((m) => this.#below(m.name, m.value, shape.values));
      case "struct":
        return this.#object(/** @type {ObjectNode} */ (node), shape);
      case "tagged":
        return this.#tagged(/** @type {ObjectNode} */ (node), shape);
      case "kinds":
        return this.#inside(node, /** @type {AnyShape} */ (branchOf(node, shape, this.lenient)));
    }
    if (!this.lenient) {
      this.#scalar(node, shape);
    }
  }

  /**
   * @param {Extract<Node, { kind: "array" }>} node
   * @param {ArrayShape} shape
   */
  #array(node, shape) {
    if (!this.lenient) {
      for (const [rule, limit] of shape.checks ?? []) {
        if (!keepsItems(node.items, rule, limit)) {
          this.findings.report(rule, "", limit);
        }
      }
    }
    for (const [n, item] of node.items.entries()) {
      if (this.findings.full) {
        return;
      }
      this.#below(String(n), item, shape.items);
    }
  }

  /**
   * @param {ObjectNode} node
   * @param {StructShape} shape
   */
  #object(node, shape) {
    if (!this.lenient) {
      this.#required(node, shape);
      if (!shape.open) {
        this.#unexpected(node, shape);
      }
    }
    for (const want of shape.members) {
      // Strict reading has reported a member that stands there twice, but
      // lenient reading takes it, and either must fit.
      for (const m of node.members) {
        if (m.name === want.name && !this.findings.full) {
          this.#below(m.name, m.value, want);
        }
      }
    }
    if (!this.lenient) {
      (shape.sets ?? []).forEach((sets) => this.#sets(node, sets));
    }
  }

  /**
   * @param {ObjectNode} node
   * @param {StructShape} shape
   */
  #required(node, shape) {
    for (const want of shape.members) {
      if (want.required && !has(node, want.name)) {
        this.findings.report("required", want.name, want.name);
      }
    }
  }

  /**
   * @param {ObjectNode} node
   * @param {StructShape} shape
   */
  #unexpected(node, shape) {
    for (const { name } of node.members) {
      if (!shape.members.some((want) => want.name === name)) {
        this.findings.report("additionalProperties", name, name);
      }
    }
  }

  /**
   * Checks which members must come together.
   *
   * @param {ObjectNode} node
   * @param {Sets} sets
   */
  #sets(node, { one, sets }) {
    const complete = sets.filter((set) => set.every((name) => has(node, name))).length;
    const names = sets.map((set) => `'${set.join("' and '")}'`);
    if (one && complete !== 1) {
      this.findings.report("oneOf", "", names.join(", "));
    } else if (!one && complete === 0) {
      this.findings.report("anyOf", "", names.join(" or "));
    }
  }

  /**
   * Follows the branch that the tag chooses. Without a branch nothing can be
   * said about the other members.
   *
   * @param {ObjectNode} node
   * @param {TaggedShape} shape
   */
  #tagged(node, shape) {
    // Where lenient reading has several tags, the first one counts.
    const tag = node.members.find((m) => m.name === shape.tag)?.value;
    if (tag === undefined) {
      this.findings.report("required", shape.tag, shape.tag);
      return;
    }
    this.findings.path.push(shape.tag);
    const chosen = this.#branch(tag, shape);
    this.findings.path.pop();
    if (chosen !== undefined) {
      this.walk(node, { shape: chosen });
    }
  }

  /**
   * @param {Node} tag
   * @param {TaggedShape} shape
   */
  #branch(tag, shape) {
    if (tag.kind !== "string") {
      this.findings.report("type", "", "string");
      return undefined;
    }
    const chosen = shape.variants.find(([name]) => name === tag.value)?.[1] ?? shape.rest;
    if (chosen === undefined) {
      this.findings.report("enum", "", shape.variants.map(([name]) => JSON.stringify(name)).join(", "));
    }
    return chosen;
  }

  /**
   * @param {Node} node
   * @param {ScalarShape} shape
   */
  #scalar(node, shape) {
    if (node.kind === "number") {
      if (!Number.isFinite(Number(node.literal))) {
        return; // reported with the text
      }
      if (shape.kind === "int" && safeInteger(node.literal) === undefined) {
        this.findings.report("range", "", beyondInt);
        return;
      }
    }
    if (shape.enum !== undefined) {
      const key = scalarKey(node);
      if (shape.enum.some((value) => literalKey(value) === key) === (shape.except ?? false)) {
        const rule = shape.constant ? "const" : shape.except ? "not" : "enum";
        this.findings.report(rule, "", shape.enum.map((value) => JSON.stringify(value)).join(", "));
        return;
      }
    }
    for (const [rule, limit] of shape.checks ?? []) {
      if (!keeps(node, rule, limit)) {
        this.findings.report(rule, "", limit);
      }
    }
  }
}

/**
 * @param {ObjectNode} node
 * @param {string} name
 */
function has(node, name) {
  return node.members.some((m) => m.name === name);
}

/**
 * Whether a value is of the kind that a shape wants.
 *
 * @param {Node} node
 * @param {AnyShape} shape
 * @param {boolean} lenient
 * @returns {boolean}
 */
function fits(node, shape, lenient) {
  switch (shape.kind) {
    case "any":
      return true;
    case "bool":
    case "string":
    case "array":
      return node.kind === shape.kind;
    case "int":
      return node.kind === "number" && (lenient || isInteger(node.literal));
    case "float":
      return node.kind === "number";
    case "kinds":
      return branchOf(node, shape, lenient) !== undefined;
  }
  return node.kind === "object";
}

/**
 * The branch of a union by kind that a value is of.
 *
 * @param {Node} node
 * @param {KindsShape} shape
 * @param {boolean} lenient
 * @returns {AnyShape | undefined}
 */
function branchOf(node, shape, lenient) {
  return shape.branches.map(resolve).find((branch) => fits(node, branch, lenient));
}

/** @type {Readonly<Partial<Record<AnyShape["kind"], string>>>} */
const kindName = { bool: "boolean", int: "integer", float: "number", string: "string", array: "array" };

/**
 * The kinds that may stand at a place: "string or null".
 *
 * @param {AnyShape} shape
 * @param {boolean} nullable
 */
function kindNames(shape, nullable) {
  const shapes = shape.kind === "kinds" ? shape.branches.map(resolve) : [shape];
  const names = shapes.map((s) => kindName[s.kind] ?? "object");
  return (nullable ? [...names, "null"] : names).join(" or ");
}

/**
 * The same text for equal scalars, and different texts for different ones.
 *
 * @param {Node} node
 */
function scalarKey(node) {
  switch (node.kind) {
    case "number":
      return numberKey(node.literal);
    case "string":
      return `"${node.value}`;
    case "bool":
      return String(node.value);
  }
  return node.kind;
}

/** @param {string | number | boolean} value */
function literalKey(value) {
  return typeof value === "string" ? `"${value}` : typeof value === "number" ? numberKey(String(value)) : String(value);
}

/**
 * @param {readonly Node[]} items
 * @param {string} rule
 * @param {string} limit
 */
function keepsItems(items, rule, limit) {
  switch (rule) {
    case "minItems":
      return items.length >= Number(limit);
    case "maxItems":
      return items.length <= Number(limit);
  }
  // Items that are not scalars count as different: their kind is wrong already.
  const keys = items.filter((i) => i.kind !== "array" && i.kind !== "object").map(scalarKey);
  return new Set(keys).size === keys.length;
}

/**
 * Whether a string or number keeps a limit.
 *
 * @param {Node} node
 * @param {Check[0]} rule
 * @param {string} limit
 */
function keeps(node, rule, limit) {
  if (node.kind === "number") {
    switch (rule) {
      case "minimum":
        return compare(node.literal, limit) >= 0;
      case "maximum":
        return compare(node.literal, limit) <= 0;
      case "exclusiveMinimum":
        return compare(node.literal, limit) > 0;
      case "exclusiveMaximum":
        return compare(node.literal, limit) < 0;
      case "multipleOf":
        return multipleOf(node.literal, limit);
    }
  }
  return node.kind !== "string" || keepsText(node.value, rule, limit);
}

/**
 * Whether a string keeps a limit. Lengths are in code points.
 *
 * @param {string} text
 * @param {Check[0]} rule
 * @param {string} limit
 */
export function keepsText(text, rule, limit) {
  switch (rule) {
    case "minLength":
      return !shorter(text, Number(limit));
    case "maxLength":
      return shorter(text, Number(limit) + 1);
    case "pattern":
      return patternOf(limit).test(text);
    case "format":
      return validFormat(limit, text);
  }
  return true;
}

/**
 * Whether a text has fewer than n code points.
 *
 * @param {string} text
 * @param {number} n
 */
function shorter(text, n) {
  if (text.length < n || text.length >= 2 * n) {
    return text.length < n;
  }
  let count = 0;
  for (const _ of text) {
    if (++count >= n) {
      return false;
    }
  }
  return count < n;
}

/** @type {Map<string, RegExp>} compiled patterns, as many as the schemas have */
const patterns = new Map();

/** @param {string} source */
function patternOf(source) {
  let pattern = patterns.get(source);
  if (pattern === undefined) {
    patterns.set(source, (pattern = new RegExp(source, "u")));
  }
  return pattern;
}
