/**
 * One connection, from its socket on.
 *
 * @module
 */
export type Hello = import("../generated/types.js").HelloOk;
export type ConnectParams = import("../generated/types.js").ConnectParams;
export type FullOptions = import("./options.js").FullOptions;
export type Deferred<T> = import("./waiting.js").Deferred<T>;
/** Close codes. Browsers let programs send 1000 and those of their own. */
export declare const NORMAL = 1000;
export type Credentials = {
    token?: string;
    password?: string;
};
export type Pushed = {
    name: string;
    payload: unknown;
    /**
     * its number; events meant for one client have none
     */
    seq?: number;
    /**
     * of its text
     */
    size: number;
};
export type Owner = {
    options: FullOptions;
    url: URL;
    connected: (session: Session, hello: Hello) => void;
    /**
     * gives false when there was no room
     */
    event: (session: Session, event: Pushed) => boolean;
};
export type AnswerFrame = {
    id?: unknown;
    ok?: unknown;
    payload?: unknown;
    error?: unknown;
};
export type EventFrame = {
    event?: unknown;
    payload?: unknown;
    seq?: unknown;
};
export type Waiting = {
    resolve: (payload: unknown) => void;
    reject: (error: unknown) => void;
};
/**
 * What a connection proves itself with.
 *
 * @typedef {{ token?: string, password?: string }} Credentials
 */
/**
 * An event as it came.
 *
 * @typedef {object} Pushed
 * @property {string} name
 * @property {unknown} payload
 * @property {number} [seq] its number; events meant for one client have none
 * @property {number} size of its text
 */
/**
 * What a session needs from the client it belongs to.
 *
 * @typedef {object} Owner
 * @property {FullOptions} options
 * @property {URL} url
 * @property {(session: Session, hello: Hello) => void} connected
 * @property {(session: Session, event: Pushed) => boolean} event gives false when there was no room
 */
/**
 * Frames before they are looked at.
 *
 * @typedef {{ id?: unknown, ok?: unknown, payload?: unknown, error?: unknown }} AnswerFrame
 * @typedef {{ event?: unknown, payload?: unknown, seq?: unknown }} EventFrame
 */
/** @typedef {{ resolve: (payload: unknown) => void, reject: (error: unknown) => void }} Waiting */
export declare class Session {
    #private;
    /** @type {Hello | undefined} */
    hello: Hello | undefined;
    /** When the gateway said it would be back, in milliseconds. @type {number | undefined} */
    restartMs: number | undefined;
    /** @type {unknown} */
    cause: unknown;
    /** @param {Owner} owner */
    constructor(owner: Owner);
    /** Resolved with the cause when the session has ended. */
    get ended(): Promise<unknown>;
    /** Whether calls can go over the session. */
    get alive(): boolean;
    /**
     * Takes the session through the handshake. When that fails, it has ended.
     *
     * @param {Credentials} credentials
     * @param {AbortSignal} signal
     */
    greet(credentials: Credentials, signal: AbortSignal): Promise<void>;
    /**
     * Sends a request and waits for its answer. Undefined: none will come, as the
     * session had ended before the request was written.
     *
     * @param {string} id
     * @param {string} frame
     * @param {AbortSignal} signal
     * @returns {Promise<{ payload: unknown } | undefined>}
     */
    send(id: string, frame: string, signal: AbortSignal): Promise<{
        payload: unknown;
    } | undefined>;
    /**
     * Ends the session for a reason; the first one counts. A code is sent to the
     * gateway by finish.
     *
     * @param {unknown} cause
     * @param {number} [code]
     * @param {string} [reason]
     */
    end(cause: unknown, code?: number, reason?: string): void;
    /** Closes the connection of a session that has ended. */
    finish(): Promise<void>;
    /**
     * Whether events are missing before this one, and which was next. A canonical
     * connection counts from 1.
     *
     * @param {number} seq
     */
    count(seq: number): {
        expected: number;
        gap: boolean;
    };
}
