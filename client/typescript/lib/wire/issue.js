/**
 * What is wrong with a message, in the words that all implementations share.
 *
 * @module
 */

/** How many issues of one message are gathered. */
export const maxIssues = 8;

/**
 * One thing that is wrong with a message.
 *
 * @typedef {object} Issue
 * @property {string} path JSON pointer to the value; "" is the whole
 * @property {string} rule the keyword of the schema that is not kept, or one of syntax, utf8, depth, duplicate, range
 * @property {string} [property] the member, for required and unexpected ones
 * @property {string} message for people, without the path
 */

/**
 * The texts, by rule; % stands for the argument.
 *
 * @type {Readonly<Record<string, string>>}
 */
const messages = {
  syntax: "invalid JSON at byte %",
  utf8: "must NOT have %",
  depth: "must NOT be nested deeper than % levels",
  duplicate: "must NOT have duplicate property '%'",
  range: "must be %",

  type: "must be %",
  required: "must have required property '%'",
  additionalProperties: "unexpected property '%'",
  enum: "must be equal to one of the allowed values: %",
  const: "must be equal to constant %",
  not: "must NOT be equal to one of the values: %",
  anyOf: "must have property %",
  oneOf: "must have exactly one of %",

  minLength: "must NOT have fewer than % characters",
  maxLength: "must NOT have more than % characters",
  pattern: 'must match pattern "%"',
  format: 'must match format "%"',
  minimum: "must be >= %",
  maximum: "must be <= %",
  exclusiveMinimum: "must be > %",
  exclusiveMaximum: "must be < %",
  multipleOf: "must be multiple of %",
  minItems: "must NOT have fewer than % items",
  maxItems: "must NOT have more than % items",
  uniqueItems: "must NOT have duplicate items",
};

/** Arguments of rules that have more than one text. */
export const badUTF8 = "invalid UTF-8";
export const loneSurrogate = "a lone surrogate";
export const beyondFloat = "a number between -1.7976931348623157e308 and 1.7976931348623157e308";
export const beyondInt = `an integer between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}`;

/** The issues of one message, up to {@link maxIssues}, with the place at hand. */
export class Findings {
  /** @type {Issue[]} */
  issues = [];
  /** @type {string[]} names and indices of the way to the value at hand */
  path = [];

  /** Whether there is no room for another issue; then nothing more needs looking at. */
  get full() {
    return this.issues.length >= maxIssues;
  }

  /**
   * Adds an issue of the value at hand.
   *
   * @param {string} rule
   * @param {string} property
   * @param {string} argument
   */
  report(rule, property, argument) {
    const pointer = this.path.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
    const path = clip(pointer, maxPath);
    const name = clip(property, maxName);
    const message = (messages[rule] ?? rule).replace("%", () => (property === "" ? argument : argument.replace(property, () => name)));
    // A member that stands twice in its object would give its issues twice.
    const known = this.issues.some((i) => i.path === path && i.rule === rule && (i.property ?? "") === name && i.message === message);
    if (!this.full && !known) {
      this.issues.push(property === "" ? { path, rule, message } : { path, rule, property: name, message });
    }
  }
}

// Names and paths that a message makes up are cut to so many bytes, or the
// refusal of a message would be many times its size.
const maxName = 128;
const maxPath = 256;

/**
 * Cuts text to so many bytes of UTF-8, and marks that it did. No character is
 * split.
 *
 * @param {string} text
 * @param {number} most
 */
function clip(text, most) {
  if (text.length * 3 <= most) {
    return text; // no UTF-16 unit has more bytes
  }
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= most) {
    return text;
  }
  const mark = "…";
  let end = most - 3; // the bytes of the mark
  while (end > 0 && (/** @type {number} */ (bytes[end]) & 0xc0) === 0x80) {
    end--;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, end)) + mark;
}

/**
 * An issue with its place, as error messages print it.
 *
 * @param {Issue} issue
 */
export function issueText(issue) {
  if (issue.path !== "") {
    return `at ${issue.path}: ${issue.message}`;
  }
  const named = issue.rule === "additionalProperties" || issue.rule === "duplicate";
  return named ? `at root: ${issue.message}` : issue.message;
}

/** The refusal of a message. Its text joins those of the distinct issues. */
export class IssuesError extends Error {
  /** @param {readonly Issue[]} issues */
  constructor(issues) {
    super([...new Set(issues.map(issueText))].join("; ") || "unknown validation error");
    this.name = "IssuesError";
    /** @type {readonly Issue[]} */
    this.issues = issues;
  }
}
