/**
 * Reads JSON text into nodes that keep what JSON.parse loses: numbers as they
 * are written, members that stand twice, and characters that are none.
 *
 * @module
 */
export type Findings = import("./issue.js").Findings;
export type Node = {
    kind: "null";
} | {
    kind: "bool";
    value: boolean;
} | {
    kind: "number";
    literal: string;
} | {
    kind: "string";
    value: string;
} | {
    kind: "array";
    items: Node[];
} | {
    kind: "object";
    members: {
        name: string;
        value: Node;
    }[];
};
/**
 * The text of a message. Bytes are taken as UTF-8.
 *
 * @param {string | Uint8Array} input
 * @returns {string}
 */
export declare function textOf(input: string | Uint8Array): string;
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
export declare function readText(text: string, lenient: boolean, maxDepth: number, findings: Findings): Node | undefined;
/**
 * Whether no half of a surrogate pair stands alone.
 *
 * @type {(text: string) => boolean}
 */
export declare const isWellFormed: (text: string) => boolean;
/**
 * What a node stands for. Of members that stand twice the last one counts.
 *
 * @param {Node} node
 * @returns {unknown}
 */
export declare function valueOf(node: Node): unknown;
/**
 * The node of a value that JSON can hold, as JSON.stringify would write it.
 * Undefined where it cannot: a function, a cycle, more levels than maxDepth.
 *
 * @param {unknown} value
 * @param {number} depth
 * @returns {Node | undefined}
 */
export declare function nodeOf(value: unknown, depth: number): Node | undefined;
