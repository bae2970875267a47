/**
 * Who wants to hear of what.
 *
 * @module
 */
export type State = import("./connection.js").State;
export type Pushed = import("./session.js").Pushed;
export type Session = import("./session.js").Session;
/**
 * @typedef {import("./connection.js").State} State
 * @typedef {import("./session.js").Pushed} Pushed
 * @typedef {import("./session.js").Session} Session
 */
/**
 * Subscriptions that end one by one. One may end, and new ones begin, while
 * they are called.
 *
 * @template {(...args: any[]) => unknown} F
 */
export declare class Listeners<F extends (...args: any[]) => unknown> {
    #private;
    /**
     * @param {F} f
     * @returns {() => void} what ends the subscription
     */
    add(f: F): () => void;
    /**
     * Calls them one after the other. What one throws stops no other.
     *
     * @param {Parameters<F>} args
     * @param {(error: unknown) => void} failed
     */
    call(args: Parameters<F>, failed: (error: unknown) => void): Promise<void>;
}
/** All subscriptions of a client, and the queue of what they have yet to hear. */
export declare class Subscribers {
    #private;
    /** @type {Listeners<(name: string, payload: unknown, seq: number | undefined) => unknown>} */
    any: Listeners<(name: string, payload: unknown, seq: number | undefined) => unknown>;
    /** @type {Listeners<(expected: number, got: number) => unknown>} */
    gaps: Listeners<(expected: number, got: number) => unknown>;
    /** @type {Listeners<(state: State) => unknown>} */
    states: Listeners<(state: State) => unknown>;
    /**
     * @param {number} maxEvents
     * @param {(error: unknown) => void} failed hears of what subscribers throw
     */
    constructor(maxEvents: number, failed: (error: unknown) => void);
    /**
     * The subscriptions to events of a name.
     *
     * @param {string} name
     */
    named(name: string): Listeners<(event: Pushed) => unknown>;
    /**
     * Queues an event; false when there is no room for it.
     *
     * @param {Session} session that it came over
     * @param {Pushed} event
     */
    event(session: Session, event: Pushed): boolean;
    /**
     * Queues a change of the connection.
     *
     * @param {State} state
     */
    state(state: State): void;
    /**
     * Queues the last change, after which nothing comes.
     *
     * @param {State} state
     * @param {boolean} discard whether events that wait are left out
     * @param {() => void} then
     */
    last(state: State, discard: boolean, then: () => void): void;
}
