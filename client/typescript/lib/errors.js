/**
 * What can go wrong, as programs tell it apart.
 *
 * @module
 */

import { errorCodes } from "../generated/protocol.js";

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
export class ClientError extends Error {
  /**
   * @param {Reason} reason
   * @param {string} message
   * @param {unknown} [cause]
   */
  constructor(reason, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ClientError";
    /** @type {Reason} */
    this.reason = reason;
  }
}

/** What calls get after close. */
export function closedError() {
  return new ClientError("closed", "the client is closed");
}

/** Keeps a faulty gateway from switching a client off. */
const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

/** The gateway's answer to a call that failed. */
export class GatewayError extends Error {
  /** @param {{ error?: unknown, payload?: unknown }} answer */
  constructor(answer) {
    const shape = /** @type {Record<string, unknown>} */ (typeof answer.error === "object" && answer.error !== null ? answer.error : {});
    const code = typeof shape["code"] === "string" ? shape["code"] : "UNAVAILABLE";
    const message = typeof shape["message"] === "string" ? shape["message"] : "the gateway said no more than that the call failed";
    super(`${code}: ${message}`);
    this.name = "GatewayError";
    /**
     * One of the protocol's codes, or one that is newer than this client.
     *
     * @type {import("../generated/protocol.js").ErrorCode | (string & {})}
     */
    this.code = code;
    /** The gateway's own words. */
    this.text = message;
    /** Whether the same call may succeed later. */
    this.retryable = typeof shape["retryable"] === "boolean" ? shape["retryable"] : isRetryable(code);
    /**
     * After how many milliseconds a repeat makes sense; undefined when not known.
     *
     * @type {number | undefined}
     */
    this.retryAfterMs = duration(shape["retryAfterMs"]);
    /**
     * What else the gateway tells: its form belongs to the method and code.
     *
     * @type {unknown}
     */
    this.details = shape["details"];
    /**
     * A result beside the error, which few methods send.
     *
     * @type {unknown}
     */
    this.payload = answer.payload;
  }
}

/**
 * Whether a call that failed with a code may succeed when it is repeated.
 *
 * @param {string} code
 */
export function isRetryable(code) {
  return Object.hasOwn(errorCodes, code) && errorCodes[/** @type {keyof typeof errorCodes} */ (code)].retryable;
}

/** @param {unknown} ms */
export function duration(ms) {
  return typeof ms === "number" && ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}

/** A handshake that the gateway turned down: credentials, pairing, scopes or version. */
export class RefusedError extends Error {
  /** @param {GatewayError} error */
  constructor(error) {
    super(`the gateway refused the connection: ${error.message}`, { cause: error });
    this.name = "RefusedError";
    /** What the gateway says about it. */
    this.error = error;
  }
}

/** How the other side closed a connection. */
export class CloseError extends Error {
  /**
   * @param {number} code
   * @param {string} reason
   */
  constructor(code, reason) {
    super(`the gateway closed the connection with ${code}${reason === "" ? "" : `: ${reason}`}`);
    this.name = "CloseError";
    /** RFC 6455: 1000 normal, 1006 without a farewell, 1008 policy, 1009 too large, 1012 restart. */
    this.code = code;
    /** The gateway's words. */
    this.reason = reason;
  }
}

/**
 * Whether connecting again, without anybody doing anything, would fail the same
 * way.
 *
 * @param {unknown} error
 */
export function isLasting(error) {
  if (error instanceof RefusedError) {
    return !error.error.retryable;
  }
  return error instanceof CloseError && [1002, 1008, 1009].includes(error.code);
}

/**
 * Whether a refusal is about what was proved, so that another proof may help.
 *
 * @param {unknown} error
 */
export function isUnaccepted(error) {
  return error instanceof RefusedError && (error.error.code === "NOT_PAIRED" || /^(unauthorized|missing scope)/.test(error.error.text));
}
