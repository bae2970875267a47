/**
 * Waiting for what may not come.
 *
 * @module
 */
/**
 * Waits for a wake, or throws the reason of the signal.
 *
 * @param {AbortSignal} signal
 * @param {(wake: () => void) => unknown} arm
 * @returns {Promise<void>}
 */
export declare function interruptible(signal: AbortSignal, arm: (wake: () => void) => unknown): Promise<void>;
/**
 * A signal for a call: its caller's, and one that ends with its time.
 *
 * @param {number} timeoutMs
 * @param {AbortSignal | undefined} signal
 */
export declare function bounded(timeoutMs: number, signal: AbortSignal | undefined): {
    signal: AbortSignal;
    clear: () => void;
};
export type Deferred<T> = {
    promise: Promise<T>;
    resolve: (value: T) => void;
    reject: (error: unknown) => void;
};
/**
 * @template T
 * @typedef {{ promise: Promise<T>, resolve: (value: T) => void, reject: (error: unknown) => void }} Deferred
 */
/**
 * @template T
 * @returns {Deferred<T>}
 */
export declare function deferred<T>(): Deferred<T>;
