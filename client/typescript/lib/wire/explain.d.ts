/**
 * Where a JSON value departs from a shape. The order of the issues is part of
 * the protocol's contract, so it is the schema's where the schema has one.
 *
 * @module
 */
export type Findings = import("./issue.js").Findings;
export type Node = import("./text.js").Node;
export type AnyShape = import("./shape.js").AnyShape;
export type ArrayShape = import("./shape.js").ArrayShape;
export type Check = import("./shape.js").Check;
export type KindsShape = import("./shape.js").KindsShape;
export type Place = import("./shape.js").Place;
export type ScalarShape = import("./shape.js").ScalarShape;
export type Sets = import("./shape.js").Sets;
export type StructShape = import("./shape.js").StructShape;
export type TaggedShape = import("./shape.js").TaggedShape;
export type ObjectNode = Extract<Node, {
    kind: "object";
}>;
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
export declare class Explainer {
    #private;
    lenient: boolean;
    findings: import("./issue.js").Findings;
    /**
     * @param {boolean} lenient
     * @param {Findings} findings
     */
    constructor(lenient: boolean, findings: Findings);
    /**
     * Compares a value with its place.
     *
     * @param {Node} node
     * @param {Place} place
     */
    walk(node: Node, place: Place): void;
}
/**
 * Whether a string keeps a limit. Lengths are in code points.
 *
 * @param {string} text
 * @param {Check[0]} rule
 * @param {string} limit
 */
export declare function keepsText(text: string, rule: Check[0], limit: string): boolean;
