/**
 * Waiting for what may not come.
 *
 * @module
 */

import { ClientError } from "./errors.js";

/**
 * Waits for a wake, or throws the reason of the signal.
 *
 * @param {AbortSignal} signal
 * @param {(wake: () => void) => unknown} arm
 * @returns {Promise<void>}
 */
export function interruptible(signal, arm) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort, { once: true });
    arm(() => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
  });
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
