/**
 * One connection, from its socket on.
 *
 * @module
 */

import { ClientError, CloseError, duration, GatewayError, RefusedError } from "./errors.js";
import { maxDepth, minProtocolVersion, protocolVersion } from "../generated/protocol.js";
import { challenges } from "./options.js";
import { HelloOk } from "../generated/types.js";
import { deferred } from "./waiting.js";
import { signedText } from "./device.js";
import { take } from "./wire/index.js";

/**
 * @typedef {import("../generated/types.js").HelloOk} Hello
 * @typedef {import("../generated/types.js").ConnectParams} ConnectParams
 * @typedef {import("./options.js").FullOptions} FullOptions
 */

/**
 * @template T
 * @typedef {import("./waiting.js").Deferred<T>} Deferred
 */

/** The id of the handshake's answer, by which canonical gateways refuse. */
const HANDSHAKE_ID = "connect";

/** How long a challenge is waited for; gateways too old to know it send none. */
const CHALLENGE_MS = 750;

/** How long the gateway may take to answer a farewell. */
const FAREWELL_MS = 2000;

/** Close codes. Browsers let programs send 1000 and those of their own. */
export const NORMAL = 1000;
const SILENT = 4000;
const SLOW = 4008;
const TOO_LARGE = 4009;
/** Stands for the gateway's own close, which is on its way: to answer it is enough. */
const THEIRS = -1;

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

export class Session {
  #owner;
  #socket;
  /** @type {Map<string, Waiting>} calls by id */
  #pending = new Map();
  /** @type {Deferred<string>} */
  #challenge = deferred();
  /** @type {Deferred<void>} settled by open or end */
  #opened = deferred();
  /** @type {Deferred<void>} */
  #greeted = deferred();
  /** @type {Deferred<unknown>} resolved with the cause */
  #ended = deferred();
  /** @type {Deferred<void>} */
  #closed = deferred();
  /** @type {unknown} */
  #failure = undefined;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watch = undefined;
  #heard = Date.now();
  #over = false;
  #code = 0;
  #reason = "";
  #numbered = 0;

  /** @type {Hello | undefined} */
  hello = undefined;
  /** When the gateway said it would be back, in milliseconds. @type {number | undefined} */
  restartMs = undefined;
  /** @type {unknown} */
  cause = undefined;

  /** @param {Owner} owner */
  constructor(owner) {
    this.#owner = owner;
    const socket = new owner.options.WebSocket(owner.url.href);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#opened.resolve();
    };
    socket.onmessage = (event) => this.#message(/** @type {{ data: unknown }} */ (event).data);
    socket.onerror = (event) => {
      this.#failure ??= faultOf(event);
      if (!opened) {
        this.#gone({}); // Node's own says no more when it cannot connect
      }
    };
    socket.onclose = (event) => this.#gone(/** @type {{ code?: number, reason?: string }} */ (event));
    for (const d of [this.#challenge, this.#opened, this.#greeted]) {
      d.promise.catch(() => undefined); // who waits hears of it
    }
  }

  /** Resolved with the cause when the session has ended. */
  get ended() {
    return this.#ended.promise;
  }

  /** Whether calls can go over the session. */
  get alive() {
    return !this.#over && this.hello !== undefined;
  }

  /**
   * Takes the session through the handshake. When that fails, it has ended.
   *
   * @param {Credentials} credentials
   * @param {AbortSignal} signal
   */
  async greet(credentials, signal) {
    const { connectTimeoutMs } = this.#owner.options;
    const timer = setTimeout(() => this.#abort(new ClientError("timeout", `no greeting from the gateway within ${connectTimeoutMs} ms`)), connectTimeoutMs);
    const abort = () => this.#abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      if (signal.aborted) {
        abort();
      }
      await this.#opened.promise;
      const nonce = challenges(this.#owner.url) ? await this.#nonce() : "";
      this.#socket.send(JSON.stringify(await this.#opening(credentials, nonce)));
      await this.#greeted.promise;
    } catch (error) {
      this.end(error);
      throw this.cause;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  /**
   * Ends an attempt that takes too long. It does nothing when the greeting came
   * after all.
   *
   * @param {unknown} cause
   */
  #abort(cause) {
    if (this.hello === undefined) {
      this.end(cause);
    }
  }

  /** Waits for the challenge. */
  async #nonce() {
    const timer = setTimeout(() => this.#challenge.resolve(""), CHALLENGE_MS);
    try {
      return await this.#challenge.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * The first message of a canonical connection.
   *
   * @param {Credentials} credentials
   * @param {string} nonce
   * @returns {Promise<ConnectParams>}
   */
  async #opening({ token, password }, nonce) {
    const o = this.#owner.options;
    const signedAt = Date.now();
    const text = o.device && signedText({
      device: o.device.id, client: o.id, mode: o.mode, role: o.role, scopes: o.scopes ?? [], signedAt, token: token ?? "", nonce,
    });
    const { id, version, platform, mode, displayName, instanceId, role, scopes, caps, commands, permissions, pathEnv, locale, userAgent } = o;
    return present({
      minProtocol: minProtocolVersion,
      maxProtocol: protocolVersion,
      client: present({ id, version, platform, mode, displayName, instanceId }),
      role, scopes, caps, commands, permissions, pathEnv, locale, userAgent,
      auth: token !== undefined || password !== undefined ? present({ token, password }) : undefined,
      device: o.device && text !== undefined
        ? present({ id: o.device.id, publicKey: o.device.publicKey, signature: await o.device.sign(text), signedAt, nonce: nonce === "" ? undefined : nonce })
        : undefined,
    });
  }

  /**
   * Sends a request and waits for its answer. Undefined: none will come, as the
   * session had ended before the request was written.
   *
   * @param {string} id
   * @param {string} frame
   * @param {AbortSignal} signal
   * @returns {Promise<{ payload: unknown } | undefined>}
   */
  async send(id, frame, signal) {
    if (!this.alive) {
      return undefined;
    }
    /** @type {Deferred<unknown>} */
    const answer = deferred();
    const abort = () => answer.reject(signal.reason);
    this.#pending.set(id, answer);
    signal.addEventListener("abort", abort, { once: true });
    try {
      this.#socket.send(frame);
      return { payload: await answer.promise };
    } finally {
      signal.removeEventListener("abort", abort);
      this.#pending.delete(id);
    }
  }

  /**
   * Ends the session for a reason; the first one counts. A code is sent to the
   * gateway by finish.
   *
   * @param {unknown} cause
   * @param {number} [code]
   * @param {string} [reason]
   */
  end(cause, code = 0, reason = "") {
    if (this.#over) {
      return;
    }
    this.#over = true;
    this.cause = cause;
    this.#code = code;
    this.#reason = reason;
    clearTimeout(this.#watch);
    for (const d of [this.#challenge, this.#opened, this.#greeted]) {
      d.reject(cause);
    }
    const closed = cause instanceof ClientError && cause.reason === "closed";
    const lost = closed ? cause : new ClientError("connection-lost", "the connection was lost before the answer; whether the call was carried out is not known", cause);
    for (const { reject } of this.#pending.values()) {
      reject(lost);
    }
    this.#ended.resolve(cause);
  }

  /** Closes the connection of a session that has ended. */
  async finish() {
    const socket = /** @type {import("./options.js").Socket & { terminate?: () => void }} */ (this.#socket);
    if (this.#code === 0) {
      socket.onmessage = null;
      // That of ws can drop a connection at once; a browser has its own patience.
      if (socket.terminate === undefined) {
        socket.close();
      } else {
        socket.terminate();
      }
      return;
    }
    if (this.#code !== THEIRS) {
      socket.close(this.#code, this.#reason);
    }
    const timer = setTimeout(() => {
      socket.close();
      socket.terminate?.();
      this.#closed.resolve();
    }, FAREWELL_MS);
    await this.#closed.promise;
    clearTimeout(timer);
  }

  /** @param {{ code?: number, reason?: string }} event */
  #gone({ code = 1006, reason = "" }) {
    this.#closed.resolve();
    if (code !== 1006 && code !== 1005) {
      this.end(new CloseError(code, reason));
      return;
    }
    const what = this.hello === undefined ? "no connection to" : "the connection was lost to";
    this.end(new Error(`${what} ${this.#owner.url.host}${this.#failure instanceof Error ? `: ${this.#failure.message}` : ""}`, { cause: this.#failure }));
  }

  /**
   * Tells what a message is and passes it on. What is not understood is left
   * out: it may be newer than this client.
   *
   * @param {unknown} data
   */
  #message(data) {
    this.#heard = Date.now();
    if (typeof data !== "string") {
      return;
    }
    try {
      this.#take(/** @type {unknown} */ (JSON.parse(data)), data.length);
    } catch (error) {
      this.#owner.options.onError(error, "message not understood");
    }
  }

  /**
   * @param {unknown} frame
   * @param {number} size
   */
  #take(frame, size) {
    if (typeof frame !== "object" || frame === null || !("type" in frame)) {
      return;
    }
    switch (frame.type) {
      case "res":
        return this.#answer(/** @type {AnswerFrame} */ (frame), size);
      case "event":
        return this.#event(/** @type {EventFrame} */ (frame), size);
      case "hello-ok":
        return this.#greeting(frame, size);
    }
  }

  /**
   * Gives a response to its caller. One whose caller is gone finds nobody.
   *
   * @param {AnswerFrame} frame
   * @param {number} size
   */
  #answer(frame, size) {
    if (frame.id === HANDSHAKE_ID && this.hello === undefined) {
      this.end(new RefusedError(new GatewayError(frame)), THEIRS);
      return;
    }
    const call = this.#pending.get(String(frame.id));
    const { maxMessage } = this.#owner.options;
    if (size > maxMessage) {
      call?.reject(new ClientError("too-large", `the answer is larger than maxMessage: ${size} of ${maxMessage}`));
    } else if (frame.ok !== true) {
      call?.reject(new GatewayError(frame));
    } else {
      call?.resolve(frame.payload ?? null);
    }
  }

  /**
   * Queues an event for its subscribers. Two of them concern the connection
   * itself.
   *
   * @param {EventFrame} frame
   * @param {number} size
   */
  #event(frame, size) {
    if (typeof frame.event !== "string") {
      return;
    }
    const payload = /** @type {Record<string, unknown> | null} */ (typeof frame.payload === "object" ? frame.payload : null);
    if (frame.event === "connect.challenge" && typeof payload?.["nonce"] === "string") {
      this.#challenge.resolve(payload["nonce"]);
    } else if (frame.event === "shutdown") {
      this.restartMs = duration(payload?.["restartExpectedMs"]);
    }
    if (size > this.#owner.options.maxMessage) {
      return; // the numbers show the gap
    }
    /** @type {Pushed} */
    const event = { name: frame.event, payload: frame.payload, size };
    if (typeof frame.seq === "number") {
      event.seq = frame.seq;
    }
    if (!this.#owner.event(this, event) && event.seq === undefined) {
      // Nothing else would show the loss of an event meant for this client alone.
      this.end(new ClientError("slow-subscriber", "events meant for this client alone were not taken fast enough"), SLOW, "slow subscriber");
    }
  }

  /**
   * Takes the gateway's greeting.
   *
   * @param {unknown} frame
   * @param {number} size
   */
  #greeting(frame, size) {
    if (this.hello !== undefined || this.#over) {
      return;
    }
    if (size > this.#owner.options.maxMessage) {
      this.end(new ClientError("too-large", "the greeting is larger than maxMessage"), TOO_LARGE);
      return;
    }
    try {
      this.hello = take(HelloOk, frame, { maxDepth });
    } catch (error) {
      this.end(new Error("the gateway's greeting makes no sense", { cause: error }), NORMAL);
      return;
    }
    this.#owner.connected(this, this.hello);
    this.#greeted.resolve();
    this.#watchTicks(this.#patience());
  }

  /** How long the gateway may be silent. */
  #patience() {
    const announced = /** @type {Partial<Hello> | undefined} */ (this.hello)?.policy?.tickIntervalMs;
    const interval = typeof announced === "number" && announced > 0 ? announced : 30_000;
    return this.#owner.options.tickTimeoutMs ?? 3 * interval;
  }

  /**
   * Ends the session when the gateway has been silent for too long. Every
   * message counts as a sign of life, not only ticks, which a busy gateway may
   * leave out.
   *
   * @param {number} patience
   */
  #watchTicks(patience) {
    if (!Number.isFinite(patience) || this.#over) {
      return;
    }
    const silent = Date.now() - this.#heard;
    if (silent >= patience) {
      this.end(new ClientError("tick-timeout", `the gateway has been silent for too long: nothing for ${silent} ms`), SILENT, "tick timeout");
      return;
    }
    this.#watch = setTimeout(() => this.#watchTicks(patience), Math.min(patience - silent, 2 ** 31 - 1));
  }

  /**
   * Whether events are missing before this one, and which was next. A canonical
   * connection counts from 1.
   *
   * @param {number} seq
   */
  count(seq) {
    const expected = this.#numbered + 1;
    this.#numbered = seq;
    return { expected, gap: seq > expected };
  }
}

/**
 * A copy without the members that are undefined.
 *
 * @template {object} T
 * @param {T} object
 * @returns {{ [K in keyof T]: Exclude<T[K], undefined> }}
 */
function present(object) {
  return /** @type {any} */ (Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)));
}

/**
 * What an error event says: much in Node, nothing in browsers.
 *
 * @param {unknown} event
 */
function faultOf(event) {
  const { error, message } = /** @type {{ error?: unknown, message?: unknown }} */ (event);
  return error ?? (typeof message === "string" && message !== "" ? new Error(message) : undefined);
}
