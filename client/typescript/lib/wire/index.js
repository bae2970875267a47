/**
 * The runtime of generated code: reading JSON, checking it by shape, and saying
 * what is wrong with it. It knows no protocol and depends on nothing.
 *
 * @module
 */

export { decode, explain, is, issuesOf, take } from "./codec.js";
export { IssuesError, issueText, maxIssues } from "./issue.js";

/**
 * @typedef {import("./issue.js").Issue} Issue
 * @typedef {import("./codec.js").CheckOptions} CheckOptions
 * @typedef {import("./shape.js").AnyShape} AnyShape
 * @typedef {import("./shape.js").Mode} Mode
 */

/**
 * @template T
 * @typedef {import("./shape.js").Shape<T>} Shape
 */

/**
 * @template P, R
 * @typedef {import("./method.js").Method<P, R>} Method
 */

/**
 * @template P
 * @typedef {import("./method.js").Event<P>} Event
 */

/**
 * The tag of a union's variant that this version does not know: any string that
 * is none of the known tags. The form says only that: it is one that no known
 * tag has, so that comparing with a known one leaves this variant out. To make a
 * value with another tag, assert: "new" as UnknownTag.
 *
 * @typedef {`${string} (unknown)`} UnknownTag
 */
