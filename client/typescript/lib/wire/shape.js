/**
 * Shapes describe the types of a protocol as data: generated code declares one
 * for each type, and the functions of this folder interpret them. A bundler
 * drops those that a program does not use.
 *
 * @module
 */

/**
 * The rules that a limit can have.
 *
 * @typedef {"minLength" | "maxLength" | "pattern" | "format" | "minimum" | "maximum" | "exclusiveMinimum"
 *   | "exclusiveMaximum" | "multipleOf" | "minItems" | "maxItems" | "uniqueItems"} CheckRule
 */

/**
 * A limit: the schema's keyword, and its number as it is written there, or the
 * pattern or format.
 *
 * @typedef {readonly [rule: CheckRule, limit: string]} Check
 */

/**
 * A shape, or what gives it: shapes that lead back to themselves are reached
 * through a function.
 *
 * @typedef {AnyShape | (() => AnyShape)} ShapeRef
 */

/**
 * A shape where it is used.
 *
 * @typedef {{ readonly shape: ShapeRef, readonly nullable?: boolean }} Place
 */

/**
 * A property of an object.
 *
 * @typedef {Place & { readonly name: string, readonly required?: boolean }} Member
 */

/**
 * Which members must come together: at least one of the sets, or with one
 * exactly one.
 *
 * @typedef {{ readonly one?: boolean, readonly sets: readonly (readonly string[])[] }} Sets
 */

/** @typedef {{ readonly kind: "any" | "object" }} RawShape */

/**
 * A boolean, number or string. Enum lists the values allowed; with constant it
 * is the one of const, with except it lists those not allowed.
 *
 * @typedef {object} ScalarShape
 * @property {"bool" | "int" | "float" | "string"} kind
 * @property {readonly (string | number | boolean)[]} [enum]
 * @property {boolean} [constant]
 * @property {boolean} [except]
 * @property {readonly Check[]} [checks]
 */

/** @typedef {{ readonly kind: "array", readonly items: Place, readonly checks?: readonly Check[] }} ArrayShape */

/** @typedef {{ readonly kind: "map", readonly values: Place }} MapShape */

/**
 * An object with members. Where it is open, others are allowed.
 *
 * @typedef {object} StructShape
 * @property {"struct"} kind
 * @property {readonly Member[]} members
 * @property {boolean} [open]
 * @property {readonly Sets[]} [sets]
 */

/**
 * A union told apart by a property; rest is its open branch.
 *
 * @typedef {object} TaggedShape
 * @property {"tagged"} kind
 * @property {string} tag
 * @property {readonly (readonly [tag: string, shape: ShapeRef])[]} variants
 * @property {ShapeRef} [rest]
 */

/**
 * A union told apart by the kind of JSON value.
 *
 * @typedef {{ readonly kind: "kinds", readonly branches: readonly ShapeRef[] }} KindsShape
 */

/** @typedef {RawShape | ScalarShape | ArrayShape | MapShape | StructShape | TaggedShape | KindsShape} AnyShape */

/**
 * The shape of a T.
 *
 * @template T
 * @typedef {AnyShape & { readonly __type?: T }} Shape
 */

/**
 * Strict takes what the schema allows and nothing else. Lenient is for what a
 * client receives from a peer that may be newer: only a wrong JSON kind is an
 * error.
 *
 * @typedef {"strict" | "lenient"} Mode
 */

/**
 * @param {ShapeRef} ref
 * @returns {AnyShape}
 */
export function resolve(ref) {
  return typeof ref === "function" ? ref() : ref;
}
