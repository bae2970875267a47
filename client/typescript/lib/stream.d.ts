/**
 * Events as an async iterator.
 *
 * @module
 */
/**
 * A bounded queue between a subscription and a loop. When the loop is too slow
 * for it, the subscription ends, and so does the loop, with an error: nothing is
 * left out in silence, and no other subscriber waits.
 *
 * @template T
 * @implements {AsyncIterableIterator<T>}
 */
export declare class Stream<T> implements AsyncIterableIterator<T> {
    #private;
    /** @param {number} max how many items may wait */
    constructor(max: number);
    /**
     * Says how to end what fills the queue.
     *
     * @param {() => void} stop
     */
    onEnd(stop: () => void): void;
    /** @param {T} value */
    push(value: T): void;
    /**
     * Ends the loop once it has taken what waits: with an error, or quietly.
     *
     * @param {unknown} [failure]
     */
    end(failure?: unknown): void;
    /** @returns {Promise<IteratorResult<T, undefined>>} */
    next(): Promise<IteratorResult<T, undefined>>;
    /** @returns {Promise<IteratorResult<T, undefined>>} */
    return(): Promise<IteratorResult<T, undefined>>;
    [Symbol.asyncIterator](): this;
}
