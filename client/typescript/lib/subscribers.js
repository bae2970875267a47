/**
 * Who wants to hear of what.
 *
 * @module
 */

import { Inbox } from "./inbox.js";

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
export class Listeners {
  /** @type {{ f: F }[]} */
  #all = [];

  /**
   * @param {F} f
   * @returns {() => void} what ends the subscription
   */
  add(f) {
    const entry = { f };
    this.#all = [...this.#all, entry];
    return () => {
      this.#all = this.#all.filter((e) => e !== entry);
    };
  }

  /**
   * Calls them one after the other. What one throws stops no other.
   *
   * @param {Parameters<F>} args
   * @param {(error: unknown) => void} failed
   */
  async call(args, failed) {
    for (const entry of this.#all) {
      if (!this.#all.includes(entry)) {
        continue; // ended meanwhile
      }
      try {
        await entry.f(...args);
      } catch (error) {
        failed(error);
      }
    }
  }
}

/** All subscriptions of a client, and the queue of what they have yet to hear. */
export class Subscribers {
  /** @type {Listeners<(name: string, payload: unknown, seq: number | undefined) => unknown>} */
  any = new Listeners();
  /** @type {Listeners<(expected: number, got: number) => unknown>} */
  gaps = new Listeners();
  /** @type {Listeners<(state: State) => unknown>} */
  states = new Listeners();
  /** @type {Map<string, Listeners<(event: Pushed) => unknown>>} */
  #named = new Map();
  #failed;
  #inbox;

  /**
   * @param {number} maxEvents
   * @param {(error: unknown) => void} failed hears of what subscribers throw
   */
  constructor(maxEvents, failed) {
    this.#inbox = new Inbox(maxEvents);
    this.#failed = failed;
  }

  /**
   * The subscriptions to events of a name.
   *
   * @param {string} name
   */
  named(name) {
    let list = this.#named.get(name);
    if (list === undefined) {
      this.#named.set(name, (list = new Listeners()));
    }
    return list;
  }

  /**
   * Queues an event; false when there is no room for it.
   *
   * @param {Session} session that it came over
   * @param {Pushed} event
   */
  event(session, event) {
    return this.#inbox.put({ size: event.size, deliver: () => this.#deliver(session, event) });
  }

  /**
   * Queues a change of the connection.
   *
   * @param {State} state
   */
  state(state) {
    this.#inbox.put({ size: 0, state: true, deliver: () => this.states.call([state], this.#failed) });
  }

  /**
   * Queues the last change, after which nothing comes.
   *
   * @param {State} state
   * @param {boolean} discard whether events that wait are left out
   * @param {() => void} then
   */
  last(state, discard, then) {
    const deliver = async () => {
      await this.states.call([state], this.#failed);
      then();
    };
    this.#inbox.close({ size: 0, state: true, deliver }, discard);
  }

  /**
   * @param {Session} session
   * @param {Pushed} event
   */
  async #deliver(session, event) {
    const { name, payload, seq } = event;
    if (seq !== undefined) {
      const { expected, gap } = session.count(seq);
      if (gap) {
        await this.gaps.call([expected, seq], this.#failed);
      }
    }
    await this.any.call([name, payload, seq], this.#failed);
    await this.#named.get(name)?.call([event], this.#failed);
  }
}
