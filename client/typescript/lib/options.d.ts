/**
 * Who a client is and how it behaves.
 *
 * @module
 */
export type Socket = {
    readyState: number;
    binaryType: string;
    send: (data: string) => void;
    close: (code?: number, reason?: string) => void;
    onopen: ((event: any) => void) | null;
    onmessage: ((event: any) => void) | null;
    onerror: ((event: any) => void) | null;
    onclose: ((event: any) => void) | null;
};
export type SocketConstructor = new (url: string) => Socket;
export type Reconnect = {
    /**
     * the client ends with its first connection
     */
    off?: boolean;
    /**
     * connect, too, goes on trying until it is aborted
     */
    first?: boolean;
    /**
     * goes on after refusals that waiting alone does not cure: wrong credentials,
     * pairing that an operator has to approve. Otherwise they end the client
     */
    refused?: boolean;
    /**
     * with maxMs the bounds of the delay before an attempt, which doubles from one to the
     * next; default 1000. Half of each delay is left to chance, so that the clients of a gateway that restarts don't
     * come all at once
     */
    minMs?: number;
    /**
     * default 30000
     */
    maxMs?: number;
};
export type Options = {
    /**
     * the shared secret; a function is asked for each connection
     */
    token?: string | (() => string | Promise<string>);
    /**
     * the other shared secret
     */
    password?: string;
    /**
     * the identity to sign with
     */
    device?: import("./device.js").Signer;
    /**
     * where the tokens that gateways give the device are kept. A kept
     * token is preferred to the shared secrets
     */
    tokens?: import("./device.js").TokenStore;
    /**
     * what program this is; default gatesmith-js
     */
    id?: string;
    /**
     * its version; default that of this package
     */
    version?: string;
    /**
     * a name for people
     */
    displayName?: string;
    /**
     * where it runs; default web, or Node's operating system
     */
    platform?: string;
    /**
     * how it is used; default the role's name
     */
    mode?: string;
    /**
     * the same for each connection of one installation
     */
    instanceId?: string;
    /**
     * default operator
     */
    role?: import("../generated/protocol.js").Role;
    /**
     * what an operator asks
     * for; none asks for the gateway's default
     */
    scopes?: readonly (import("../generated/protocol.js").Scope | (string & {}))[];
    /**
     * for nodes: what it can do
     */
    caps?: readonly string[];
    /**
     * for nodes: the commands it can carry out
     */
    commands?: readonly string[];
    /**
     * for nodes: what its owner has granted or refused
     */
    permissions?: Readonly<Record<string, boolean>>;
    /**
     * for nodes: the PATH of its machine
     */
    pathEnv?: string;
    /**
     * the user's language
     */
    locale?: string;
    /**
     * the browser's own name
     */
    userAgent?: string;
    reconnect?: Reconnect;
    /**
     * bounds an attempt to connect, up to the gateway's greeting; default 15000
     */
    connectTimeoutMs?: number;
    /**
     * bounds calls that say nothing else; default 30000, Infinity for none. Calls that
     * wait by design are not bounded, or by the wait that their params ask for and this time on top
     */
    requestTimeoutMs?: number;
    /**
     * how long the gateway may be silent; default three of the intervals that it
     * announces, Infinity for as long as it likes
     */
    tickTimeoutMs?: number;
    /**
     * largest message to take, in UTF-16 units; default 25 Mi
     */
    maxMessage?: number;
    /**
     * calls at a time, further ones wait for their turn; default 1024
     */
    maxPending?: number;
    /**
     * UTF-16 units of events that may wait for subscribers; default 8 Mi
     */
    maxEvents?: number;
    /**
     * default the one that is built in
     */
    WebSocket?: SocketConstructor;
    /**
     * hears of errors that subscribers throw, and of what
     * else has no caller to tell; default console.error
     */
    onError?: (error: unknown, where: string) => void;
};
export type FullReconnect = Required<Reconnect>;
export type FullOptions = Options & Required<Pick<Options, "id" | "version" | "platform" | "mode" | "role" | "connectTimeoutMs" | "requestTimeoutMs" | "maxMessage" | "maxPending" | "maxEvents" | "WebSocket" | "onError">> & {
    reconnect: FullReconnect;
};
/**
 * The part of the WebSocket interface that the client uses. Browsers and Node
 * from 22 have it built in; elsewhere that of the package ws is one.
 *
 * @typedef {object} Socket
 * @property {number} readyState
 * @property {string} binaryType
 * @property {(data: string) => void} send
 * @property {(code?: number, reason?: string) => void} close
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage
 * @property {((event: any) => void) | null} onerror
 * @property {((event: any) => void) | null} onclose
 */
/** @typedef {new (url: string) => Socket} SocketConstructor */
/**
 * What happens when a connection ends or none comes about.
 *
 * @typedef {object} Reconnect
 * @property {boolean} [off] the client ends with its first connection
 * @property {boolean} [first] connect, too, goes on trying until it is aborted
 * @property {boolean} [refused] goes on after refusals that waiting alone does not cure: wrong credentials,
 *   pairing that an operator has to approve. Otherwise they end the client
 * @property {number} [minMs] with maxMs the bounds of the delay before an attempt, which doubles from one to the
 *   next; default 1000. Half of each delay is left to chance, so that the clients of a gateway that restarts don't
 *   come all at once
 * @property {number} [maxMs] default 30000
 */
/**
 * @typedef {object} Options
 * @property {string | (() => string | Promise<string>)} [token] the shared secret; a function is asked for each connection
 * @property {string} [password] the other shared secret
 * @property {import("./device.js").Signer} [device] the identity to sign with
 * @property {import("./device.js").TokenStore} [tokens] where the tokens that gateways give the device are kept. A kept
 *   token is preferred to the shared secrets
 * @property {string} [id] what program this is; default gatesmith-js
 * @property {string} [version] its version; default that of this package
 * @property {string} [displayName] a name for people
 * @property {string} [platform] where it runs; default web, or Node's operating system
 * @property {string} [mode] how it is used; default the role's name
 * @property {string} [instanceId] the same for each connection of one installation
 * @property {import("../generated/protocol.js").Role} [role] default operator
 * @property {readonly (import("../generated/protocol.js").Scope | (string & {}))[]} [scopes] what an operator asks
 *   for; none asks for the gateway's default
 * @property {readonly string[]} [caps] for nodes: what it can do
 * @property {readonly string[]} [commands] for nodes: the commands it can carry out
 * @property {Readonly<Record<string, boolean>>} [permissions] for nodes: what its owner has granted or refused
 * @property {string} [pathEnv] for nodes: the PATH of its machine
 * @property {string} [locale] the user's language
 * @property {string} [userAgent] the browser's own name
 * @property {Reconnect} [reconnect]
 * @property {number} [connectTimeoutMs] bounds an attempt to connect, up to the gateway's greeting; default 15000
 * @property {number} [requestTimeoutMs] bounds calls that say nothing else; default 30000, Infinity for none. Calls that
 *   wait by design are not bounded, or by the wait that their params ask for and this time on top
 * @property {number} [tickTimeoutMs] how long the gateway may be silent; default three of the intervals that it
 *   announces, Infinity for as long as it likes
 * @property {number} [maxMessage] largest message to take, in UTF-16 units; default 25 Mi
 * @property {number} [maxPending] calls at a time, further ones wait for their turn; default 1024
 * @property {number} [maxEvents] UTF-16 units of events that may wait for subscribers; default 8 Mi
 * @property {SocketConstructor} [WebSocket] default the one that is built in
 * @property {(error: unknown, where: string) => void} [onError] hears of errors that subscribers throw, and of what
 *   else has no caller to tell; default console.error
 */
/** @typedef {Required<Reconnect>} FullReconnect */
/**
 * Options with the defaults filled in.
 *
 * @typedef {Options & Required<Pick<Options, "id" | "version" | "platform" | "mode" | "role" | "connectTimeoutMs" | "requestTimeoutMs"
 *   | "maxMessage" | "maxPending" | "maxEvents" | "WebSocket" | "onError">> & { reconnect: FullReconnect }} FullOptions
 */
/** The version of this package. */
export declare const packageVersion = "0.1.0";
/**
 * @param {Options} given
 * @returns {FullOptions}
 */
export declare function withDefaults(given: Options): FullOptions;
/**
 * Checks an address. Without a path it is completed by the one that fits: where
 * there is a signature to make, one on which a challenge comes.
 *
 * @param {string | URL} address
 * @param {Options} options
 */
export declare function parseAddress(address: string | URL, options: Options): URL;
/**
 * Whether the gateway sends a challenge on this path.
 *
 * @param {URL} url
 */
export declare function challenges(url: URL): boolean;
