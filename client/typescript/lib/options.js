/**
 * Who a client is and how it behaves.
 *
 * @module
 */

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
export const packageVersion = "0.1.0";

/**
 * @param {Options} given
 * @returns {FullOptions}
 */
export function withDefaults(given) {
  const role = given.role ?? "operator";
  const { off = false, first = false, refused = false, minMs = 1000, maxMs = 30_000 } = given.reconnect ?? {};
  return {
    ...given,
    role,
    id: given.id ?? "gatesmith-js",
    version: given.version ?? packageVersion,
    platform: given.platform ?? platform(),
    mode: given.mode ?? role,
    reconnect: { off, first, refused, minMs, maxMs: Math.max(minMs, maxMs) },
    connectTimeoutMs: given.connectTimeoutMs ?? 15_000,
    requestTimeoutMs: given.requestTimeoutMs ?? 30_000,
    maxMessage: given.maxMessage ?? 25 * 2 ** 20,
    maxPending: given.maxPending ?? 1024,
    maxEvents: given.maxEvents ?? 8 * 2 ** 20,
    WebSocket: given.WebSocket ?? builtIn(),
    onError: given.onError ?? ((error, where) => console.error(`gatesmith: ${where}:`, error)),
  };
}

/** @returns {SocketConstructor} */
function builtIn() {
  const socket = /** @type {{ WebSocket?: SocketConstructor }} */ (/** @type {unknown} */ (globalThis)).WebSocket;
  if (socket === undefined) {
    throw new Error('no WebSocket is built in here, as in Node before 22: install the package ws and pass { WebSocket: (await import("ws")).WebSocket }');
  }
  return socket;
}

/** The operating system by the name that gateways know it by. */
function platform() {
  /** @type {string | undefined} */
  const system = /** @type {{ process?: { platform?: string } }} */ (globalThis).process?.platform;
  if (system === undefined) {
    return "web";
  }
  return { darwin: "macos", win32: "windows" }[system] ?? system;
}

/** Where a gateway says nothing before its client does. */
const GUIDE_PATH = "/v1/connect";

/**
 * Checks an address. Without a path it is completed by the one that fits: where
 * there is a signature to make, one on which a challenge comes.
 *
 * @param {string | URL} address
 * @param {Options} options
 */
export function parseAddress(address, options) {
  let url;
  try {
    url = new URL(address);
  } catch {
    // The address is not quoted: it may hold a secret.
    throw new Error("the gateway's address is not a URL: expected one such as ws://127.0.0.1:18789");
  }
  if (url.protocol === "http:" || url.protocol === "https:") {
    url = new URL(url.href.replace(/^http/, "ws"));
  }
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new Error(`scheme of the gateway's address is "${url.protocol.slice(0, -1)}": expected ws or wss`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new Error("the gateway's address has a user in it: secrets go into the options, never into a URL");
  }
  url.hash = "";
  if (url.pathname === "/" && !String(address).replace(/[?#].*$/, "").endsWith("/")) {
    url.pathname = options.device === undefined ? GUIDE_PATH : "/";
  }
  return url;
}

/**
 * Whether the gateway sends a challenge on this path.
 *
 * @param {URL} url
 */
export function challenges(url) {
  return url.pathname !== GUIDE_PATH;
}
