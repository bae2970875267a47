/**
 * Fast checks of parsed values, made of shapes when they are first needed. They
 * say only whether a value fits; what is wrong with one that does not is for
 * {@link Explainer} to say. Nothing is evaluated from text, so that a strict
 * content security policy allows them.
 *
 * @module
 */
export type AnyShape = import("./shape.js").AnyShape;
export type Check = import("./shape.js").Check;
export type Mode = import("./shape.js").Mode;
export type Place = import("./shape.js").Place;
export type ScalarShape = import("./shape.js").ScalarShape;
export type Sets = import("./shape.js").Sets;
export type StructShape = import("./shape.js").StructShape;
export type TaggedShape = import("./shape.js").TaggedShape;
export type Test = (value: unknown, tally: Tally) => boolean;
export type Fields = {
    [name: string]: unknown;
};
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
export declare class Tally {
    /** Members of all objects: fewer than the text has mean that one stood twice. */
    members: number;
    /** Whether lenient reading met something that {@link settle} has to put right. */
    unsettled: boolean;
    /** How many more levels may be entered below values without a shape. */
    depth: number;
}
/**
 * The check of a shape.
 *
 * @param {AnyShape} shape
 * @param {Mode} mode
 * @returns {Test}
 */
export declare function testOf(shape: AnyShape, mode: Mode): Test;
/**
 * The check of a place.
 *
 * @param {Place} place
 * @param {Mode} mode
 * @returns {Test}
 */
export declare function placeTest(place: Place, mode: Mode): Test;
/**
 * Puts right what lenient reading let pass, in a value that is its own: null
 * where the schema has none is as good as absent, and a number where an integer
 * belongs is cut to one.
 *
 * @param {unknown} value
 * @param {Place} place
 * @returns {unknown}
 */
export declare function settle(value: unknown, place: Place): unknown;
