/**
 * Fast checks of parsed values, made of shapes when they are first needed. They
 * say only whether a value fits; what is wrong with one that does not is for
 * {@link Explainer} to say. Nothing is evaluated from text, so that a strict
 * content security policy allows them.
 *
 * @module
 */

import { keepsText } from "./explain.js";
import { isWellFormed } from "./text.js";
import { multipleOf } from "./number.js";
import { resolve } from "./shape.js";

/**
 * @typedef {import("./shape.js").AnyShape} AnyShape
 * @typedef {import("./shape.js").Check} Check
 * @typedef {import("./shape.js").Mode} Mode
 * @typedef {import("./shape.js").Place} Place
 * @typedef {import("./shape.js").ScalarShape} ScalarShape
 * @typedef {import("./shape.js").Sets} Sets
 * @typedef {import("./shape.js").StructShape} StructShape
 * @typedef {import("./shape.js").TaggedShape} TaggedShape
 * @typedef {(value: unknown, tally: Tally) => boolean} Test
 * @typedef {{ [name: string]: unknown }} Fields
 */

/**
 * What a check notes on its way.
 */
export class Tally {
  /** Members of all objects: fewer than the text has mean that one stood twice. */
  members = 0;
  /** Whether lenient reading met something that {@link settle} has to put right. */
  unsettled = false;
  /** How many more levels may be entered below values without a shape. */
  depth = Infinity;
}

/** @type {Record<Mode, WeakMap<AnyShape, Test>>} */
const made = { strict: new WeakMap(), lenient: new WeakMap() };

/**
 * The check of a shape.
 *
 * @param {AnyShape} shape
 * @param {Mode} mode
 * @returns {Test}
 */
export function testOf(shape, mode) {
  const known = made[mode].get(shape);
  if (known !== undefined) {
    return known;
  }
  /** @type {Test} */
  let test = () => false;
  // A shape that leads back to itself finds this one while it is made.
  made[mode].set(shape, (value, tally) => test(value, tally));
  test = make(shape, mode);
  made[mode].set(shape, test);
  return test;
}

/**
 * The check of a place.
 *
 * @param {Place} place
 * @param {Mode} mode
 * @returns {Test}
 */
export function placeTest(place, mode) {
  const shape = resolve(place.shape);
  const test = testOf(shape, mode);
  if (shape.kind === "any") {
    return test;
  }
  if (place.nullable) {
    return (value, tally) => value === null || test(value, tally);
  }
  if (mode === "lenient") {
    return (value, tally) => (value === null ? (tally.unsettled = true) : test(value, tally));
  }
  return test;
}

/**
 * @param {AnyShape} shape
 * @param {Mode} mode
 * @returns {Test}
 */
function make(shape, mode) {
  switch (shape.kind) {
    case "any":
      return countAny;
    case "object":
      return (value, tally) => isObject(value) && countAny(value, tally);
    case "array":
      return arrayTest(placeTest(shape.items, mode), mode === "strict" ? (shape.checks ?? []) : []);
    case "map":
      return mapTest(placeTest(shape.values, mode));
    case "struct":
      return mode === "strict" ? strictStruct(shape) : lenientStruct(shape);
    case "tagged":
      return taggedTest(shape, mode);
    case "kinds":
      return kindsTest(shape.branches.map(resolve), mode);
  }
  return mode === "strict" ? strictScalar(shape) : lenientScalar(shape);
}

/**
 * @param {unknown} value
 * @returns {value is Fields}
 */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Counts the members of a value of any shape.
 *
 * @type {Test}
 */
function countAny(value, tally) {
  if (typeof value === "object" && value !== null) {
    if (--tally.depth < 0) {
      return false;
    }
    if (Array.isArray(value)) {
      for (const item of value) {
        if (!countAny(item, tally)) {
          return false;
        }
      }
    } else {
      for (const key of Object.keys(value)) {
        tally.members++;
        if (!countAny(/** @type {Fields} */ (value)[key], tally)) {
          return false;
        }
      }
    }
    tally.depth++;
    return true;
  }
  return typeof value !== "number" || Number.isFinite(value);
}

/**
 * @param {Test} item
 * @param {readonly Check[]} checks
 * @returns {Test}
 */
function arrayTest(item, checks) {
  const keeps = checks.map(itemsTest);
  return (value, tally) => {
    if (!Array.isArray(value)) {
      return false;
    }
    for (const keep of keeps) {
      if (!keep(value)) {
        return false;
      }
    }
    for (let n = 0; n < value.length; n++) {
      if (!item(value[n], tally)) {
        return false;
      }
    }
    return true;
  };
}

/**
 * @param {Check} check
 * @returns {(items: readonly unknown[]) => boolean}
 */
function itemsTest([rule, limit]) {
  const n = Number(limit);
  switch (rule) {
    case "minItems":
      return (items) => items.length >= n;
    case "maxItems":
      return (items) => items.length <= n;
  }
  return (items) => new Set(items).size === items.length;
}

/**
 * @param {Test} member
 * @returns {Test}
 */
function mapTest(member) {
  return (value, tally) => {
    if (!isObject(value)) {
      return false;
    }
    for (const key of Object.keys(value)) {
      if (value[key] === undefined) {
        continue;
      }
      tally.members++;
      if (!member(value[key], tally)) {
        return false;
      }
    }
    return true;
  };
}

/**
 * @param {StructShape} shape
 * @returns {Test}
 */
function strictStruct(shape) {
  /** @type {Map<string, { test: Test, required: number }>} */
  const members = new Map();
  let wanted = 0;
  for (const m of shape.members) {
    members.set(m.name, { test: placeTest(m, "strict"), required: m.required ? 1 : 0 });
    wanted += m.required ? 1 : 0;
  }
  const open = shape.open ?? false;
  const sets = shape.sets ?? [];
  return (value, tally) => {
    if (!isObject(value)) {
      return false;
    }
    let required = 0;
    for (const key of Object.keys(value)) {
      const field = value[key];
      if (field === undefined) {
        continue;
      }
      tally.members++;
      const m = members.get(key);
      if (m === undefined) {
        if (!open || !countAny(field, tally)) {
          return false;
        }
        continue;
      }
      if (!m.test(field, tally)) {
        return false;
      }
      required += m.required;
    }
    return required === wanted && keepsSets(value, sets);
  };
}

/**
 * @param {Fields} value
 * @param {readonly Sets[]} all
 */
function keepsSets(value, all) {
  for (const { one, sets } of all) {
    const complete = sets.filter((set) => set.every((name) => Object.hasOwn(value, name) && value[name] !== undefined)).length;
    if (one ? complete !== 1 : complete === 0) {
      return false;
    }
  }
  return true;
}

/**
 * @param {StructShape} shape
 * @returns {Test}
 */
function lenientStruct(shape) {
  const members = new Map(shape.members.map((m) => [m.name, placeTest(m, "lenient")]));
  return (value, tally) => {
    if (!isObject(value)) {
      return false;
    }
    for (const key of Object.keys(value)) {
      const field = value[key];
      if (field === undefined) {
        continue;
      }
      tally.members++;
      if (!(members.get(key) ?? countAny)(field, tally)) {
        return false;
      }
    }
    return true;
  };
}

/**
 * @param {TaggedShape} shape
 * @param {Mode} mode
 * @returns {Test}
 */
function taggedTest(shape, mode) {
  const variants = new Map(shape.variants.map(([tag, ref]) => [tag, testOf(resolve(ref), mode)]));
  const rest = shape.rest === undefined ? undefined : testOf(resolve(shape.rest), mode);
  return (value, tally) => {
    if (!isObject(value) || !Object.hasOwn(value, shape.tag)) {
      return false;
    }
    const tag = value[shape.tag];
    const test = typeof tag === "string" ? (variants.get(tag) ?? rest) : undefined;
    return test !== undefined && test(value, tally);
  };
}

/**
 * @param {readonly AnyShape[]} branches
 * @param {Mode} mode
 * @returns {Test}
 */
function kindsTest(branches, mode) {
  /** @type {Record<string, Test>} */
  const byKind = {};
  for (const branch of branches) {
    const kind = { bool: "boolean", int: "number", float: "number", string: "string", array: "array" }[/** @type {string} */ (branch.kind)] ?? "object";
    byKind[kind] = testOf(branch, mode);
  }
  return (value, tally) => {
    const kind = Array.isArray(value) ? "array" : typeof value;
    const test = Object.hasOwn(byKind, kind) && value !== null ? byKind[kind] : undefined;
    return test !== undefined && test(value, tally);
  };
}

/**
 * @param {ScalarShape} shape
 * @returns {Test}
 */
function lenientScalar(shape) {
  switch (shape.kind) {
    case "bool":
      return (value) => typeof value === "boolean";
    case "string":
      return (value) => typeof value === "string";
    case "int":
      return (value, tally) => {
        if (typeof value === "number" && !Number.isSafeInteger(value)) {
          tally.unsettled = true;
        }
        return typeof value === "number";
      };
  }
  return (value) => typeof value === "number";
}

/**
 * @param {ScalarShape} shape
 * @returns {Test}
 */
function strictScalar(shape) {
  const kind = kindTest(shape.kind);
  const rules = (shape.checks ?? []).map(valueTest);
  if (shape.enum !== undefined) {
    const values = new Set(/** @type {readonly unknown[]} */ (shape.enum));
    const except = shape.except ?? false;
    rules.unshift((value) => values.has(value) !== except);
  }
  const [first, second] = rules;
  if (first === undefined) {
    return kind;
  }
  if (second === undefined) {
    return (value, tally) => kind(value, tally) && first(value);
  }
  return (value, tally) => kind(value, tally) && rules.every((rule) => rule(value));
}

/**
 * @param {ScalarShape["kind"]} kind
 * @returns {Test}
 */
function kindTest(kind) {
  switch (kind) {
    case "bool":
      return (value) => typeof value === "boolean";
    case "string":
      return (value) => typeof value === "string" && isWellFormed(value);
    case "int":
      return Number.isSafeInteger;
  }
  return Number.isFinite;
}

/**
 * @param {Check} check
 * @returns {(value: unknown) => boolean}
 */
function valueTest([rule, limit]) {
  const n = Number(limit);
  // Between numbers of up to 15 digits, doubles compare as the decimals do; the
  // reader of texts sees to it that there are no longer ones.
  switch (rule) {
    case "minimum":
      return (value) => /** @type {number} */ (value) >= n;
    case "maximum":
      return (value) => /** @type {number} */ (value) <= n;
    case "exclusiveMinimum":
      return (value) => /** @type {number} */ (value) > n;
    case "exclusiveMaximum":
      return (value) => /** @type {number} */ (value) < n;
    case "multipleOf":
      return (value) => multipleOf(String(value), limit);
    case "minLength":
      if (n === 1) {
        return (value) => value !== "";
      }
  }
  return (value) => keepsText(/** @type {string} */ (value), rule, limit);
}

/**
 * Puts right what lenient reading let pass, in a value that is its own: null
 * where the schema has none is as good as absent, and a number where an integer
 * belongs is cut to one.
 *
 * @param {unknown} value
 * @param {Place} place
 * @returns {unknown}
 */
export function settle(value, place) {
  const shape = resolve(place.shape);
  if (shape.kind === "any") {
    return value;
  }
  if (value === null) {
    return place.nullable ? null : undefined;
  }
  switch (shape.kind) {
    case "int":
      return Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Math.trunc(/** @type {number} */ (value))));
    case "array":
      return /** @type {unknown[]} */ (value).map((item) => settle(item, shape.items) ?? null);
    case "map":
      Object.keys(/** @type {Fields} */ (value)).forEach((name) => settleMember(/** @type {Fields} */ (value), name, shape.values));
      return value;
    case "struct":
      shape.members.forEach((m) => Object.hasOwn(/** @type {Fields} */ (value), m.name) && settleMember(/** @type {Fields} */ (value), m.name, m));
      return value;
    case "tagged": {
      const tag = /** @type {Fields} */ (value)[shape.tag];
      const branch = shape.variants.find(([name]) => name === tag)?.[1] ?? shape.rest;
      return branch === undefined ? value : settle(value, { shape: branch });
    }
    case "kinds": {
      const branch = shape.branches.map(resolve).find((b) => testOf(b, "lenient")(value, new Tally()));
      return branch === undefined ? value : settle(value, { shape: branch });
    }
  }
  return value;
}

/**
 * @param {Fields} object
 * @param {string} name
 * @param {Place} place
 */
function settleMember(object, name, place) {
  const settled = settle(object[name], place);
  if (settled === undefined) {
    delete object[name];
  } else if (settled !== object[name]) {
    object[name] = settled;
  }
}
