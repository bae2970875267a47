/**
 * What can go wrong, as programs tell it apart.
 *
 * @module
 */
export type Reason = "closed" | "not-connected" | "connection-lost" | "timeout" | "tick-timeout" | "slow-subscriber" | "too-large";
/**
 * Why the client itself fails a call or ends a connection:
 *
 * - `closed`: the client was closed
 * - `not-connected`: it was never connected
 * - `connection-lost`: the connection ended before the answer came, and the
 *   call may not be repeated; whether it was carried out is not known
 * - `timeout`: the answer, or the greeting, took too long
 * - `tick-timeout`: the gateway fell silent
 * - `slow-subscriber`: events meant for this client alone were not taken fast enough
 * - `too-large`: a request that the gateway would not read, or an answer larger than maxMessage
 *
 * @typedef {"closed" | "not-connected" | "connection-lost" | "timeout" | "tick-timeout" | "slow-subscriber" | "too-large"} Reason
 */
/** A failure on this side of the connection. */
export declare class ClientError extends Error {
    /** @type {Reason} */
    reason: Reason;
    /**
     * @param {Reason} reason
     * @param {string} message
     * @param {unknown} [cause]
     */
    constructor(reason: Reason, message: string, cause?: unknown);
}
/** What calls get after close. */
export declare function closedError(): ClientError;
/** The gateway's answer to a call that failed. */
export declare class GatewayError extends Error {
    /**
     * One of the protocol's codes, or one that is newer than this client.
     *
     * @type {import("../generated/protocol.js").ErrorCode | (string & {})}
     */
    code: import("../generated/protocol.js").ErrorCode | (string & {});
    /** The gateway's own words. */
    text: string;
    /** Whether the same call may succeed later. */
    retryable: boolean;
    /**
     * After how many milliseconds a repeat makes sense; undefined when not known.
     *
     * @type {number | undefined}
     */
    retryAfterMs: number | undefined;
    /**
     * What else the gateway tells: its form belongs to the method and code.
     *
     * @type {unknown}
     */
    details: unknown;
    /**
     * A result beside the error, which few methods send.
     *
     * @type {unknown}
     */
    payload: unknown;
    /** @param {{ error?: unknown, payload?: unknown }} answer */
    constructor(answer: {
        error?: unknown;
        payload?: unknown;
    });
}
/**
 * Whether a call that failed with a code may succeed when it is repeated.
 *
 * @param {string} code
 */
export declare function isRetryable(code: string): boolean;
/** @param {unknown} ms */
export declare function duration(ms: unknown): number | undefined;
/** A handshake that the gateway turned down: credentials, pairing, scopes or version. */
export declare class RefusedError extends Error {
    /** What the gateway says about it. */
    error: GatewayError;
    /** @param {GatewayError} error */
    constructor(error: GatewayError);
}
/** How the other side closed a connection. */
export declare class CloseError extends Error {
    /** RFC 6455: 1000 normal, 1006 without a farewell, 1008 policy, 1009 too large, 1012 restart. */
    code: number;
    /** The gateway's words. */
    reason: string;
    /**
     * @param {number} code
     * @param {string} reason
     */
    constructor(code: number, reason: string);
}
/**
 * Whether connecting again, without anybody doing anything, would fail the same
 * way.
 *
 * @param {unknown} error
 */
export declare function isLasting(error: unknown): boolean;
/**
 * Whether a refusal is about what was proved, so that another proof may help.
 *
 * @param {unknown} error
 */
export declare function isUnaccepted(error: unknown): boolean;
