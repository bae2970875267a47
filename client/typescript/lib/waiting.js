/**
 * Waiting for what may not come.
 *
 * @module
 */

import { ClientError } from "./errors.js";

/**
 * Waits for a wake, or throws the reason of the signal. What was armed can be
 * taken back.
 *
 * @param {AbortSignal} signal
 * @param {(wake: () => void) => (() => void)} arm gives what disarms
 * @returns {Promise<void>}
 */
export function interruptible(signal, arm) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const abort = () => {
      disarm();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    const disarm = arm(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
  });
}

/** Waits for a time, or throws the reason of the signal.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 */
export function sleep(ms, signal) {
  return interruptible(signal, (wake) => {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  });
}

/** Who wait for something, in order. */
export class Line {
  /** @type {Set<() => void>} */
  #waiting = new Set();

  /**
   * Waits for its turn, or throws the reason of the signal.
   *
   * @param {AbortSignal} signal
   */
  wait(signal) {
    return interruptible(signal, (wake) => {
      this.#waiting.add(wake);
      return () => this.#waiting.delete(wake);
    });
  }

  /** Wakes the one that has waited longest. */
  wakeOne() {
    for (const wake of this.#waiting) {
      this.#waiting.delete(wake);
      wake();
      return;
    }
  }

  /** Wakes all. */
  wakeAll() {
    const all = [...this.#waiting];
    this.#waiting.clear();
    all.forEach((wake) => wake());
  }
}

/**
 * A signal for a call: its caller's, and one that ends with its time.
 *
 * @param {number} timeoutMs
 * @param {AbortSignal | undefined} signal
 */
export function bounded(timeoutMs, signal) {
  const control = new AbortController();
  const abort = () => control.abort(signal?.reason);
  if (signal?.aborted) {
    abort();
  }
  signal?.addEventListener("abort", abort, { once: true });
  const expire = () => control.abort(new ClientError("timeout", `no answer from the gateway within ${timeoutMs} ms`));
  const timer = timeoutMs < 2 ** 31 ? setTimeout(expire, timeoutMs) : undefined;
  const clear = () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  };
  return { signal: control.signal, clear };
}

/**
 * @template T
 * @typedef {{ promise: Promise<T>, resolve: (value: T) => void, reject: (error: unknown) => void }} Deferred
 */

/**
 * @template T
 * @returns {Deferred<T>}
 */
export function deferred() {
  /** @type {(value: T) => void} */
  let resolve = () => undefined;
  /** @type {(error: unknown) => void} */
  let reject = () => undefined;
  /** @type {Promise<T>} */
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
