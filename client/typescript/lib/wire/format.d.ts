/**
 * The formats that schemas name, with the verdicts of the Go implementation.
 *
 * @module
 */
/**
 * Whether a text is of a format. A format that is not known says nothing.
 *
 * @param {string} name
 * @param {string} text
 */
export declare function validFormat(name: string, text: string): boolean;
/**
 * An IPv6 address without a zone.
 *
 * @param {string} text
 */
export declare function isIPv6(text: string): boolean;
