/**
 * Sees calls through, whatever connections they go over.
 *
 * @module
 */
export type CallOptions = import("./connection.js").CallOptions;
export type FullOptions = import("./options.js").FullOptions;
export type Session = import("./session.js").Session;
export type Method = import("./wire/index.js").Method<any, any>;
export declare class Caller {
    #private;
    /**
     * @param {FullOptions} options
     * @param {(signal: AbortSignal) => Promise<Session>} live gives a session that calls can go over
     */
    constructor(options: FullOptions, live: (signal: AbortSignal) => Promise<Session>);
    /**
     * Calls a method, and gives the payload of its answer.
     *
     * @param {string} name
     * @param {Method | undefined} method undefined for one that is not the schema's
     * @param {unknown} params
     * @param {CallOptions} options
     */
    call(name: string, method: Method | undefined, params: unknown, options: CallOptions): Promise<unknown>;
}
