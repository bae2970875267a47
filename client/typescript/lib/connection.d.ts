/**
 * A connection to a gateway that is kept up.
 *
 * @module
 */
export type Hello = import("../generated/types.js").HelloOk;
export type Options = import("./options.js").Options;
export type Pushed = import("./session.js").Pushed;
export type Session = import("./session.js").Session;
export type Event<P> = import("./wire/index.js").Event<P>;
export type Method<P, R> = import("./wire/index.js").Method<P, R>;
export type CallOptions = {
    /**
     * ends the wait for the answer; the gateway is not told
     */
    signal?: AbortSignal;
    /**
     * how long the answer may take; Infinity for as long as it likes
     */
    timeoutMs?: number;
};
export type State = {
    readonly phase: "idle";
} | {
    readonly phase: "connected";
    readonly hello: Hello;
} | {
    readonly phase: "disconnected";
    readonly cause: unknown;
} | {
    readonly phase: "reconnecting";
    readonly cause: unknown;
    readonly attempt: number;
    readonly delayMs: number;
} | {
    readonly phase: "ended";
    readonly cause: unknown;
};
export type EventInfo = {
    readonly name: string;
    readonly seq?: number;
};
export type Tables = {
    methods: Readonly<Record<string, Method<any, any>>>;
    aliases: Readonly<Record<string, string>>;
    events: Readonly<Record<string, Event<any>>>;
};
export type Listener = (payload: any, event: EventInfo) => unknown;
/**
 * A connection that is kept up, for methods and events as they are imported:
 * a bundler drops all others. The class Client has a method for each call.
 *
 * Subscribers are called one at a time and in order; one that returns a promise
 * is waited for. They do not hold up calls: events wait in a bounded queue.
 * When it is full, an event with a number is left out, which onGap then reports
 * like one that the gateway left out; an event without number is meant for this
 * client alone, so the connection is ended and made anew.
 *
 * @template {object} [Calls={}] params and results by the names of methods
 * @template {object} [Payloads={}] payloads by the names of events
 */
export declare class Connection<Calls extends object = {}, Payloads extends object = {}> {
    #private;
    /**
     * Makes a client. It does nothing before {@link Connection.connect}, which
     * leaves the time to subscribe to what comes first.
     *
     * @param {string | URL} address such as ws://127.0.0.1:18789; without a path, the fitting one is taken
     * @param {Options} [options]
     */
    constructor(address: string | URL, options?: Options);
    /** Resolved with the cause when the client will not connect again. */
    get done(): Promise<unknown>;
    /**
     * What is found by name. The generated class Client has all of it.
     *
     * @protected
     * @returns {Tables}
     */
    protected get tables(): Tables;
    /** Where the client stands. */
    get state(): State;
    /** What the gateway greeted the last connection with; undefined before the first one. */
    get hello(): import("../generated/types.js").HelloOk | undefined;
    /**
     * Connects, and gives the gateway's greeting when it has accepted. The signal
     * bounds that alone; the connection lives until close. A client connects once:
     * when that fails, it has ended. The error is a RefusedError where the gateway
     * turned the client down.
     *
     * @param {{ signal?: AbortSignal }} [options]
     * @returns {Promise<Hello>}
     */
    connect({ signal }?: {
        signal?: AbortSignal;
    }): Promise<Hello>;
    /**
     * Ends the client: calls that wait are rejected, the gateway is told, and
     * events that wait are left out. It does not wait for a subscriber that runs.
     *
     * @returns {Promise<void>}
     */
    close(): Promise<void>;
    call<P, R>(method: Method<P, R>, params?: P, options?: CallOptions): Promise<R>;
    call<N extends keyof Calls & string>(method: N, params?: Calls[N] extends {
        params: infer P;
    } ? P : unknown, options?: CallOptions): Promise<Calls[N] extends {
        result: infer R;
    } ? R : unknown>;
    call(method: string, params?: unknown, options?: CallOptions): Promise<unknown>;
    /**
     * Calls a function for each event, with its payload. It gives what ends the
     * subscription.
     *
     * @template P
     * @overload
     * @param {Event<P>} event
     * @param {(payload: P, event: EventInfo) => unknown} listener
     * @returns {() => void}
     */
    /**
     * Calls a function for each event of a name.
     *
     * @template {keyof Payloads & string} N
     * @overload
     * @param {N} event
     * @param {(payload: Payloads[N], event: EventInfo) => unknown} listener
     * @returns {() => void}
     */
    /**
     * @param {Event<any> | string} event
     * @param {Listener} listener
     * @returns {() => void}
     */
    on<P>(event: Event<P>, listener: (payload: P, event: EventInfo) => unknown): () => void;
    /**
     * Calls a function for each event, with its payload. It gives what ends the
     * subscription.
     *
     * @template P
     * @overload
     * @param {Event<P>} event
     * @param {(payload: P, event: EventInfo) => unknown} listener
     * @returns {() => void}
     */
    /**
     * Calls a function for each event of a name.
     *
     * @template {keyof Payloads & string} N
     * @overload
     * @param {N} event
     * @param {(payload: Payloads[N], event: EventInfo) => unknown} listener
     * @returns {() => void}
     */
    /**
     * @param {Event<any> | string} event
     * @param {Listener} listener
     * @returns {() => void}
     */
    on<N extends keyof Payloads & string>(event: N, listener: (payload: Payloads[N], event: EventInfo) => unknown): () => void;
    /**
     * The events as an async iterator: for await (const payload of
     * client.events("…")). It ends with the client, with the signal, and when the
     * loop is left. When more than max events wait, 1000 unless said otherwise,
     * it ends with an error.
     *
     * @template P
     * @overload
     * @param {Event<P>} event
     * @param {{ signal?: AbortSignal, max?: number }} [options]
     * @returns {AsyncIterableIterator<P>}
     */
    /**
     * The events of a name as an async iterator.
     *
     * @template {keyof Payloads & string} N
     * @overload
     * @param {N} event
     * @param {{ signal?: AbortSignal, max?: number }} [options]
     * @returns {AsyncIterableIterator<Payloads[N]>}
     */
    /**
     * @param {any} event
     * @param {{ signal?: AbortSignal, max?: number }} [options]
     * @returns {AsyncIterableIterator<any>}
     */
    events<P>(event: Event<P>, options?: {
        signal?: AbortSignal;
        max?: number;
    }): AsyncIterableIterator<P>;
    /**
     * The events as an async iterator: for await (const payload of
     * client.events("…")). It ends with the client, with the signal, and when the
     * loop is left. When more than max events wait, 1000 unless said otherwise,
     * it ends with an error.
     *
     * @template P
     * @overload
     * @param {Event<P>} event
     * @param {{ signal?: AbortSignal, max?: number }} [options]
     * @returns {AsyncIterableIterator<P>}
     */
    /**
     * The events of a name as an async iterator.
     *
     * @template {keyof Payloads & string} N
     * @overload
     * @param {N} event
     * @param {{ signal?: AbortSignal, max?: number }} [options]
     * @returns {AsyncIterableIterator<Payloads[N]>}
     */
    /**
     * @param {any} event
     * @param {{ signal?: AbortSignal, max?: number }} [options]
     * @returns {AsyncIterableIterator<any>}
     */
    events<N extends keyof Payloads & string>(event: N, options?: {
        signal?: AbortSignal;
        max?: number;
    }): AsyncIterableIterator<Payloads[N]>;
    /**
     * Calls a function for each event, also those that are not in the schema. It
     * hears of an event before typed subscribers do, and must not change it.
     *
     * @param {(name: string, payload: unknown, seq: number | undefined) => unknown} listener
     * @returns {() => void}
     */
    onAny(listener: (name: string, payload: unknown, seq: number | undefined) => unknown): () => void;
    /**
     * Calls a function when events are missing: it was number expected's turn, and
     * got came. What they told has to be fetched anew. It is called before the
     * event with the number got.
     *
     * @param {(expected: number, got: number) => unknown} listener
     * @returns {() => void}
     */
    onGap(listener: (expected: number, got: number) => unknown): () => void;
    /**
     * Calls a function for each change of the connection, in order with the
     * events. Events that were sent while there was no connection are lost without
     * a gap being reported, so this is where state is fetched anew.
     *
     * @param {(state: State) => unknown} listener
     * @returns {() => void}
     */
    onState(listener: (state: State) => unknown): () => void;
}
