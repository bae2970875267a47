/**
 * Events as an async iterator.
 *
 * @module
 */

import { ClientError } from "./errors.js";

/**
 * A bounded queue between a subscription and a loop. When the loop is too slow
 * for it, the subscription ends, and so does the loop, with an error: nothing is
 * left out in silence, and no other subscriber waits.
 *
 * @template T
 * @implements {AsyncIterableIterator<T>}
 */
export class Stream {
  /** @type {T[]} */
  #items = [];
  /** @type {{ resolve: (r: IteratorResult<T, undefined>) => void, reject: (e: unknown) => void }[]} */
  #waiting = [];
  #over = false;
  /** @type {unknown} */
  #failure = undefined;
  /** @type {() => void} */
  #stop = () => undefined;
  #max;

  /** @param {number} max how many items may wait */
  constructor(max) {
    this.#max = max;
  }

  /**
   * Says how to end what fills the queue.
   *
   * @param {() => void} stop
   */
  onEnd(stop) {
    this.#stop = stop;
    if (this.#over) {
      stop();
    }
  }

  /** @param {T} value */
  push(value) {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.resolve({ done: false, value });
    } else if (this.#items.length >= this.#max) {
      this.end(new ClientError("slow-subscriber", `${this.#max} events wait already: the loop is too slow for them`));
    } else if (!this.#over) {
      this.#items.push(value);
    }
  }

  /**
   * Ends the loop once it has taken what waits: with an error, or quietly.
   *
   * @param {unknown} [failure]
   */
  end(failure) {
    if (this.#over) {
      return;
    }
    this.#over = true;
    this.#failure = failure;
    this.#stop();
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (failure === undefined) {
        resolve({ done: true, value: undefined });
      } else {
        reject(failure);
      }
    }
  }

  /** @returns {Promise<IteratorResult<T, undefined>>} */
  next() {
    if (this.#items.length > 0) {
      return Promise.resolve({ done: false, value: /** @type {T} */ (this.#items.shift()) });
    }
    if (!this.#over) {
      return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    }
    const failure = this.#failure;
    this.#failure = undefined;
    return failure === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(failure);
  }

  /** @returns {Promise<IteratorResult<T, undefined>>} */
  return() {
    this.end();
    this.#items = [];
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
