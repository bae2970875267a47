/**
 * Decoding and checking by shape.
 *
 * @module
 */
export type Issue = import("./issue.js").Issue;
export type AnyShape = import("./shape.js").AnyShape;
export type Mode = import("./shape.js").Mode;
export type Place = import("./shape.js").Place;
export type Shape<T> = import("./shape.js").Shape<T>;
export type CheckOptions = {
    /**
     * default strict
     */
    mode?: Mode;
    /**
     * whether null may stand in place of the whole
     */
    nullable?: boolean;
    /**
     * how deep the value may be nested; default 64
     */
    maxDepth?: number;
};
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
export declare function decode<T>(shape: Shape<T>, input: string | Uint8Array, options?: CheckOptions): T;
/**
 * What is wrong with a message: an empty list when nothing is.
 *
 * @param {AnyShape} shape
 * @param {string | Uint8Array} input
 * @param {CheckOptions} [options]
 * @returns {readonly Issue[]}
 */
export declare function explain(shape: AnyShape, input: string | Uint8Array, options?: CheckOptions): readonly Issue[];
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
export declare function is<T>(shape: Shape<T>, value: unknown, options?: CheckOptions): value is T;
/**
 * What is wrong with a value that is no text any more.
 *
 * @param {AnyShape} shape
 * @param {unknown} value
 * @param {CheckOptions} [options]
 * @returns {readonly Issue[]}
 */
export declare function issuesOf(shape: AnyShape, value: unknown, options?: CheckOptions): readonly Issue[];
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
export declare function take<T>(shape: Shape<T>, value: unknown, options?: CheckOptions): T;
/**
 * Counts the members of all objects of a text, if it is JSON; -1 when there is
 * something in it that JSON.parse would hide: deep nesting, halves of surrogate
 * pairs, or numbers whose double may differ from what is written.
 *
 * @param {string} text
 * @param {number} maxDepth
 */
export declare function plainMembers(text: string, maxDepth: number): number;
