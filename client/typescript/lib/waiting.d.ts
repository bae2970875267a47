/**
 * Waiting for what may not come.
 *
 * @module
 */
/**
 * Waits for a wake, or throws the reason of the signal. What was armed can be
 * taken back.
 *
 * @param {AbortSignal} signal
 * @param {(wake: () => void) => (() => void)} arm gives what disarms
 * @returns {Promise<void>}
 */
export declare function interruptible(signal: AbortSignal, arm: (wake: () => void) => (() => void)): Promise<void>;
/** Waits for a time, or throws the reason of the signal.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 */
export declare function sleep(ms: number, signal: AbortSignal): Promise<void>;
/** Who wait for something, in order. */
export declare class Line {
    #private;
    /**
     * Waits for its turn, or throws the reason of the signal.
     *
     * @param {AbortSignal} signal
     */
    wait(signal: AbortSignal): Promise<void>;
    /** Wakes the one that has waited longest. */
    wakeOne(): void;
    /** Wakes all. */
    wakeAll(): void;
}
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
