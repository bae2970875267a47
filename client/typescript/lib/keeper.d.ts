/**
 * Makes connections and keeps one up.
 *
 * @module
 */
export type State = import("./connection.js").State;
export type Credentials = import("./session.js").Credentials;
export type Owner = import("./session.js").Owner;
export type Client = Owner & {
    tell: (state: State) => void;
    stop: AbortSignal;
};
/**
 * @typedef {import("./connection.js").State} State
 * @typedef {import("./session.js").Credentials} Credentials
 * @typedef {import("./session.js").Owner} Owner
 */
/**
 * What a keeper needs from the client it belongs to.
 *
 * @typedef {Owner & { tell: (state: State) => void, stop: AbortSignal }} Client
 */
export declare class Keeper {
    #private;
    /** @param {Client} client */
    constructor(client: Client);
    /**
     * Connects, and keeps the connection up until the client ends. It gives the
     * cause of that, and throws when the first connection did not come about.
     *
     * @param {AbortSignal | undefined} signal bounds the first connection
     * @param {() => void} ready called once there is one
     * @returns {Promise<unknown>}
     */
    run(signal: AbortSignal | undefined, ready: () => void): Promise<unknown>;
}
/**
 * How long to wait before an attempt, numbered from 1. Chance is from 0 to 1.
 * Where the gateway said when to come, it is not earlier than that.
 *
 * @param {{ minMs: number, maxMs: number }} bounds
 * @param {number} attempt
 * @param {number} floor
 * @param {number} chance
 */
export declare function delay({ minMs, maxMs }: {
    minMs: number;
    maxMs: number;
}, attempt: number, floor: number, chance: number): number;
