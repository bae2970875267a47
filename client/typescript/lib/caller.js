/**
 * Sees calls through, whatever connections they go over.
 *
 * @module
 */

import { bounded, Line } from "./waiting.js";
import { ClientError } from "./errors.js";

/**
 * @typedef {import("./connection.js").CallOptions} CallOptions
 * @typedef {import("./options.js").FullOptions} FullOptions
 * @typedef {import("./session.js").Session} Session
 * @typedef {import("./wire/index.js").Method<any, any>} Method
 */

/** How often a call that may be repeated is sent at most. */
const MAX_SENDS = 3;

export class Caller {
  #options;
  #live;
  #queue = new Line(); // calls that wait for their turn
  #calls = 0;
  #lastID = 0;

  /**
   * @param {FullOptions} options
   * @param {(signal: AbortSignal) => Promise<Session>} live gives a session that calls can go over
   */
  constructor(options, live) {
    this.#options = options;
    this.#live = live;
  }

  /**
   * Calls a method, and gives the payload of its answer.
   *
   * @param {string} name
   * @param {Method | undefined} method undefined for one that is not the schema's
   * @param {unknown} params
   * @param {CallOptions} options
   */
  async call(name, method, params, options) {
    const bound = bounded(this.#limit(method, params, options), options.signal);
    try {
      await this.#turn(bound.signal);
      try {
        return await this.#see(name, method, params, bound.signal);
      } finally {
        this.#calls--;
        this.#queue.wakeOne();
      }
    } finally {
      bound.clear();
    }
  }

  /**
   * How long a call may take.
   *
   * @param {Method | undefined} method
   * @param {unknown} params
   * @param {CallOptions} options
   */
  #limit(method, params, { timeoutMs }) {
    const { requestTimeoutMs } = this.#options;
    if (timeoutMs !== undefined || !method?.blocks) {
      return timeoutMs ?? requestTimeoutMs;
    }
    const wait = method.wait === undefined ? undefined : memberOf(params, method.wait);
    // Without a wait it blocks by design, for as long as the gateway says.
    return typeof wait === "number" && wait >= 0 ? wait + requestTimeoutMs : Infinity;
  }

  /**
   * Waits until there are fewer calls than may be at a time.
   *
   * @param {AbortSignal} signal
   */
  async #turn(signal) {
    while (this.#calls >= this.#options.maxPending) {
      await this.#queue.wait(signal);
    }
    this.#calls++;
  }

  /**
   * Sees a request through: it waits for a connection, sends, and sends again
   * where that is safe. The text is the same each time, so that the gateway sees
   * the same params and the same idempotency key.
   *
   * @param {string} name
   * @param {Method | undefined} method
   * @param {unknown} params
   * @param {AbortSignal} signal
   */
  async #see(name, method, params, signal) {
    const id = String(++this.#lastID);
    const frame = JSON.stringify({ type: "req", id, method: name, params });
    const repeatable = method?.repeatable === true && (method.key === undefined || (memberOf(params, method.key) ?? null) !== null);
    for (let sends = 0; ; ) {
      const session = await this.#live(signal);
      const limit = session.hello?.policy.maxPayload ?? 0;
      if (limit > 0 && frame.length * 3 > limit && new TextEncoder().encode(frame).length > limit) {
        throw new ClientError("too-large", `${name}: the request is larger than the ${limit} bytes that the gateway reads`);
      }
      try {
        const answer = await session.send(id, frame, signal);
        if (answer !== undefined) {
          return answer.payload;
        }
      } catch (error) {
        const lost = error instanceof ClientError && error.reason === "connection-lost";
        if (!lost || !repeatable || ++sends === MAX_SENDS) {
          throw error;
        }
      }
    }
  }
}

/**
 * @param {unknown} params
 * @param {string} name
 * @returns {unknown}
 */
function memberOf(params, name) {
  return typeof params === "object" && params !== null && Object.hasOwn(params, name) ? /** @type {Record<string, unknown>} */ (params)[name] : undefined;
}
