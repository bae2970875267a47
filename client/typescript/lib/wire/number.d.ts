/**
 * Numbers as they are written. They are compared with limits by their digits,
 * not as doubles: 0.1 keeps an exclusive maximum of 0.10000000000000001, which
 * is the same double.
 *
 * @module
 */
export type Decimal = {
    negative: boolean;
    digits: string;
    exp: number;
};
/**
 * @param {string} literal
 * @returns {Decimal}
 */
export declare function decimal(literal: string): Decimal;
/**
 * Whether a number is mathematically an integer: 5.0 and 1e3 are.
 *
 * @param {string} literal
 */
export declare function isInteger(literal: string): boolean;
/**
 * The value of an integer that every JSON implementation keeps exact, or
 * undefined.
 *
 * @param {string} literal
 */
export declare function safeInteger(literal: string): number | undefined;
/**
 * Compares two numbers: negative, 0 or positive.
 *
 * @param {string} a
 * @param {string} b
 */
export declare function compare(a: string, b: string): number;
/**
 * Whether a number is an exact multiple of another.
 *
 * @param {string} literal
 * @param {string} of
 */
export declare function multipleOf(literal: string, of: string): boolean;
/**
 * The same text for equal numbers, and different texts for different ones.
 *
 * @param {string} literal
 */
export declare function numberKey(literal: string): string;
