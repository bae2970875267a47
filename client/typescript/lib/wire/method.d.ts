/**
 * What generated code says of methods and events.
 *
 * @module
 */
export type Access = {
    /**
     * who may at all
     */
    roles: readonly string[];
    /**
     * what scoped roles need; absent: the role alone decides
     */
    scope?: string;
};
export type Method<P, R> = Access & {
    readonly name: string;
    readonly result: import("./shape.js").Place;
    readonly writes?: boolean;
    readonly repeatable?: boolean;
    readonly key?: string;
    readonly blocks?: boolean;
    readonly wait?: string;
    readonly aliases?: readonly string[];
    readonly __params?: P;
    readonly __result?: R;
};
export type Event<P> = Access & {
    readonly name: string;
    readonly payload: import("./shape.js").Place;
    readonly __payload?: P;
};
/**
 * @typedef {object} Access
 * @property {readonly string[]} roles who may at all
 * @property {string} [scope] what scoped roles need; absent: the role alone decides
 */
/**
 * A method that takes a P and gives an R.
 *
 * @template P, R
 * @typedef {Access & {
 *   readonly name: string,
 *   readonly result: import("./shape.js").Place,
 *   readonly writes?: boolean,
 *   readonly repeatable?: boolean,
 *   readonly key?: string,
 *   readonly blocks?: boolean,
 *   readonly wait?: string,
 *   readonly aliases?: readonly string[],
 *   readonly __params?: P,
 *   readonly __result?: R,
 * }} Method
 */
/**
 * An event with a payload P.
 *
 * @template P
 * @typedef {Access & {
 *   readonly name: string,
 *   readonly payload: import("./shape.js").Place,
 *   readonly __payload?: P,
 * }} Event
 */
export {};
