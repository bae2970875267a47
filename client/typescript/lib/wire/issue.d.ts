/**
 * What is wrong with a message, in the words that all implementations share.
 *
 * @module
 */
/** How many issues of one message are gathered. */
export declare const maxIssues = 8;
export type Issue = {
    /**
     * JSON pointer to the value; "" is the whole
     */
    path: string;
    /**
     * the keyword of the schema that is not kept, or one of syntax, utf8, depth, duplicate, range
     */
    rule: string;
    /**
     * the member, for required and unexpected ones
     */
    property?: string;
    /**
     * for people, without the path
     */
    message: string;
};
/** Arguments of rules that have more than one text. */
export declare const badUTF8 = "invalid UTF-8";
export declare const loneSurrogate = "a lone surrogate";
export declare const beyondFloat = "a number between -1.7976931348623157e308 and 1.7976931348623157e308";
export declare const beyondInt: string;
/** The issues of one message, up to {@link maxIssues}, with the place at hand. */
export declare class Findings {
    /** @type {Issue[]} */
    issues: Issue[];
    /** @type {string[]} names and indices of the way to the value at hand */
    path: string[];
    /** Whether there is no room for another issue; then nothing more needs looking at. */
    get full(): boolean;
    /**
     * Adds an issue of the value at hand.
     *
     * @param {string} rule
     * @param {string} property
     * @param {string} argument
     */
    report(rule: string, property: string, argument: string): void;
}
/**
 * An issue with its place, as error messages print it.
 *
 * @param {Issue} issue
 */
export declare function issueText(issue: Issue): string;
/** The refusal of a message. Its text joins those of the distinct issues. */
export declare class IssuesError extends Error {
    /** @type {readonly Issue[]} */
    issues: readonly Issue[];
    /** @param {readonly Issue[]} issues */
    constructor(issues: readonly Issue[]);
}
