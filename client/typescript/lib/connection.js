/**
 * A connection to a gateway that is kept up.
 *
 * @module
 */

import { ClientError, closedError } from "./errors.js";
import { deferred, Line } from "./waiting.js";
import { parseAddress, withDefaults } from "./options.js";
import { Caller } from "./caller.js";
import { Keeper } from "./keeper.js";
import { maxDepth } from "../generated/protocol.js";
import { Stream } from "./stream.js";
import { Subscribers } from "./subscribers.js";
import { take } from "./wire/index.js";

/**
 * @typedef {import("../generated/types.js").HelloOk} Hello
 * @typedef {import("./options.js").Options} Options
 * @typedef {import("./session.js").Pushed} Pushed
 * @typedef {import("./session.js").Session} Session
 */

/**
 * @template P
 * @typedef {import("./wire/index.js").Event<P>} Event
 */

/**
 * @template P, R
 * @typedef {import("./wire/index.js").Method<P, R>} Method
 */

/**
 * @typedef {object} CallOptions
 * @property {AbortSignal} [signal] ends the wait for the answer; the gateway is not told
 * @property {number} [timeoutMs] how long the answer may take; Infinity for as long as it likes
 */

/**
 * Where a client stands: `idle` until connect has succeeded; `connected`;
 * `disconnected` when a connection ended, for a cause; `reconnecting`, which
 * tells which attempt comes next and in how many milliseconds; `ended` when it
 * will not connect again.
 *
 * @typedef {{ readonly phase: "idle" }
 *   | { readonly phase: "connected", readonly hello: Hello }
 *   | { readonly phase: "disconnected", readonly cause: unknown }
 *   | { readonly phase: "reconnecting", readonly cause: unknown, readonly attempt: number, readonly delayMs: number }
 *   | { readonly phase: "ended", readonly cause: unknown }} State
 */

/**
 * What comes with an event beside its payload.
 *
 * @typedef {{ readonly name: string, readonly seq?: number }} EventInfo
 */

/**
 * The methods and events that are found by name.
 *
 * @typedef {object} Tables
 * @property {Readonly<Record<string, Method<any, any>>>} methods
 * @property {Readonly<Record<string, string>>} aliases
 * @property {Readonly<Record<string, Event<any>>>} events
 */

/** @typedef {(payload: any, event: EventInfo) => unknown} Listener */

/** @type {Tables} */
const noTables = { methods: {}, aliases: {}, events: {} };

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
export class Connection {
  #options;
  #url;
  #subscribers;
  /** @type {Set<Stream<any>>} */
  #streams = new Set();
  /** @type {State} */
  #state = { phase: "idle" };
  /** @type {Session | undefined} */
  #session = undefined;
  /** @type {Hello | undefined} */
  #hello = undefined;
  #stop = new AbortController();
  /** @type {Promise<void> | undefined} */
  #running = undefined;
  #changed = new Line(); // who wait for a change of state
  #caller;
  /** @type {import("./waiting.js").Deferred<unknown>} */
  #done = deferred();

  /**
   * Makes a client. It does nothing before {@link Connection.connect}, which
   * leaves the time to subscribe to what comes first.
   *
   * @param {string | URL} address such as ws://127.0.0.1:18789; without a path, the fitting one is taken
   * @param {Options} [options]
   */
  constructor(address, options = {}) {
    this.#options = withDefaults(options);
    this.#url = parseAddress(address, options);
    this.#caller = new Caller(this.#options, (signal) => this.#live(signal));
    this.#subscribers = new Subscribers(this.#options.maxEvents, (error) => this.#options.onError(error, "a subscriber failed"));
  }

  /** Resolved with the cause when the client will not connect again. */
  get done() {
    return this.#done.promise;
  }

  /**
   * What is found by name. The generated class Client has all of it.
   *
   * @protected
   * @returns {Tables}
   */
  get tables() {
    return noTables;
  }

  /** Where the client stands. */
  get state() {
    return this.#state;
  }

  /** What the gateway greeted the last connection with; undefined before the first one. */
  get hello() {
    return this.#hello;
  }

  /**
   * Connects, and gives the gateway's greeting when it has accepted. The signal
   * bounds that alone; the connection lives until close. A client connects once:
   * when that fails, it has ended. The error is a RefusedError where the gateway
   * turned the client down.
   *
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<Hello>}
   */
  async connect({ signal } = {}) {
    if (this.#stop.signal.aborted) {
      throw closedError();
    }
    if (this.#running !== undefined) {
      throw new Error("connect was called before");
    }
    /** @type {import("./waiting.js").Deferred<void>} */
    const first = deferred();
    this.#running = this.#run(signal, first);
    await first.promise;
    return /** @type {Hello} */ (this.#hello);
  }

  /**
   * Ends the client: calls that wait are rejected, the gateway is told, and
   * events that wait are left out. It does not wait for a subscriber that runs.
   *
   * @returns {Promise<void>}
   */
  async close() {
    this.#stop.abort(closedError());
    if (this.#running === undefined) {
      this.#running = Promise.resolve();
      this.#end(closedError());
    }
    await this.#running;
  }

  /**
   * Runs the client until it ends.
   *
   * @param {AbortSignal | undefined} signal
   * @param {import("./waiting.js").Deferred<void>} first
   */
  async #run(signal, first) {
    const keeper = new Keeper({
      options: this.#options,
      url: this.#url,
      stop: this.#stop.signal,
      tell: (state) => this.#tell(state),
      connected: (session, hello) => {
        this.#session = session;
        this.#hello = hello;
        this.#tell({ phase: "connected", hello });
      },
      event: (session, event) => this.#subscribers.event(session, event),
    });
    try {
      this.#end(await keeper.run(signal, first.resolve));
    } catch (error) {
      this.#end(error);
      first.reject(error);
    }
  }

  /**
   * Calls a method. A call ends with its answer, its signal, its time or the
   * client; while the client reconnects, it waits. When the connection is lost
   * before the answer, a method that the schema says may be repeated is sent
   * again with the same params, three times in all at most.
   *
   * @template P, R
   * @overload
   * @param {Method<P, R>} method
   * @param {P} [params]
   * @param {CallOptions} [options]
   * @returns {Promise<R>}
   */
  /**
   * Calls a method by its name.
   *
   * @template {keyof Calls & string} N
   * @overload
   * @param {N} method
   * @param {Calls[N] extends { params: infer P } ? P : unknown} [params]
   * @param {CallOptions} [options]
   * @returns {Promise<Calls[N] extends { result: infer R } ? R : unknown>}
   */
  /**
   * Calls a method by any name, also one that is not in the schema.
   *
   * @overload
   * @param {string} method
   * @param {unknown} [params]
   * @param {CallOptions} [options]
   * @returns {Promise<unknown>}
   */
  /**
   * @param {Method<any, any> | string} method
   * @param {unknown} [params]
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async call(method, params = {}, options = {}) {
    const name = typeof method === "string" ? method : method.name;
    const known = typeof method === "string" ? this.#methodOf(method) : method;
    const payload = await this.#caller.call(name, known, params, options);
    return known === undefined ? payload : take(/** @type {any} */ (resolveShape(known)), payload, { nullable: known.result.nullable ?? false, maxDepth });
  }

  /**
   * @param {string} name
   * @returns {Method<any, any> | undefined}
   */
  #methodOf(name) {
    const { methods, aliases } = this.tables;
    const own = Object.hasOwn(aliases, name) ? aliases[name] : name;
    return own !== undefined && Object.hasOwn(methods, own) ? methods[own] : undefined;
  }

  /**
   * Gives a session that calls can go over, and waits for one while the client
   * reconnects.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<Session>}
   */
  async #live(signal) {
    for (;;) {
      signal.throwIfAborted();
      if (this.#state.phase === "ended") {
        throw this.#state.cause;
      }
      if (this.#running === undefined) {
        throw new ClientError("not-connected", "the client was never connected");
      }
      if (this.#session?.alive) {
        return this.#session;
      }
      await this.#changed.wait(signal);
    }
  }

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
  on(event, listener) {
    const known = typeof event === "string" ? this.#eventOf(event) : event;
    return this.#subscribers.named(known.name).add(({ name, payload, seq }) => {
      let taken;
      try {
        // Each gets a payload of its own, since it may keep and change it.
        taken = take(/** @type {any} */ (resolveShape(known)), structuredClone(payload), { nullable: known.payload.nullable ?? false, maxDepth });
      } catch (error) {
        this.#options.onError(error, `payload of ${name} not understood`);
        return undefined;
      }
      return listener(taken, seq === undefined ? { name } : { name, seq });
    });
  }

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
  events(event, { signal, max = 1000 } = {}) {
    const stream = new Stream(max);
    const stop = this.on(event, (/** @type {any} */ payload) => stream.push(payload));
    const abort = () => stream.end();
    signal?.addEventListener("abort", abort, { once: true });
    stream.onEnd(() => {
      stop();
      this.#streams.delete(stream);
      signal?.removeEventListener("abort", abort);
    });
    this.#streams.add(stream);
    if (signal?.aborted || this.#state.phase === "ended") {
      stream.end();
    }
    return stream;
  }

  /**
   * Calls a function for each event, also those that are not in the schema. It
   * hears of an event before typed subscribers do, and must not change it.
   *
   * @param {(name: string, payload: unknown, seq: number | undefined) => unknown} listener
   * @returns {() => void}
   */
  onAny(listener) {
    return this.#subscribers.any.add(listener);
  }

  /**
   * Calls a function when events are missing: it was number expected's turn, and
   * got came. What they told has to be fetched anew. It is called before the
   * event with the number got.
   *
   * @param {(expected: number, got: number) => unknown} listener
   * @returns {() => void}
   */
  onGap(listener) {
    return this.#subscribers.gaps.add(listener);
  }

  /**
   * Calls a function for each change of the connection, in order with the
   * events. Events that were sent while there was no connection are lost without
   * a gap being reported, so this is where state is fetched anew.
   *
   * @param {(state: State) => unknown} listener
   * @returns {() => void}
   */
  onState(listener) {
    return this.#subscribers.states.add(listener);
  }

  /**
   * @param {string} name
   * @returns {Event<any>}
   */
  #eventOf(name) {
    const { events } = this.tables;
    const known = Object.hasOwn(events, name) ? events[name] : undefined;
    if (known === undefined) {
      throw new Error(`no event is called "${name}": expected one of the schema's; onAny hears of all others too`);
    }
    return known;
  }

  /**
   * Notes a state, lets waiting calls look again, and queues it for subscribers.
   *
   * @param {State} state
   */
  #tell(state) {
    this.#state = state;
    this.#changed.wakeAll();
    this.#subscribers.state(state);
  }

  /**
   * The last thing that a client does.
   *
   * @param {unknown} cause
   */
  #end(cause) {
    const state = /** @type {State} */ ({ phase: "ended", cause });
    this.#state = state;
    this.#changed.wakeAll();
    const byClose = cause instanceof ClientError && cause.reason === "closed";
    this.#subscribers.last(state, byClose, () => this.#streams.forEach((stream) => stream.end(byClose ? undefined : cause)));
    this.#stop.abort(closedError());
    this.#done.resolve(cause);
  }
}

/**
 * @param {{ result: import("./wire/shape.js").Place } | { payload: import("./wire/shape.js").Place }} of
 */
function resolveShape(of) {
  const { shape } = "result" in of ? of.result : of.payload;
  return typeof shape === "function" ? shape() : shape;
}
