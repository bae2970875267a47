/**
 * What waits for subscribers, bounded in bytes. One thing is delivered at a
 * time, in the order in which it came; a subscriber that returns a promise is
 * waited for. So a slow one never holds up the connection.
 *
 * @module
 */

/** What an item is taken to cost beside its text. */
const OVERHEAD = 128;

/**
 * An event, or what else subscribers hear of.
 *
 * @typedef {object} Item
 * @property {number} size of its text
 * @property {boolean} [state] a change of state, which is never left out
 * @property {() => Promise<void>} deliver
 */

export class Inbox {
  /** @type {Item[]} */
  #items = [];
  #bytes = 0;
  #busy = false;
  #closed = false;
  #limit;

  /** @param {number} limit in bytes */
  constructor(limit) {
    this.#limit = limit;
  }

  /**
   * Queues an item. It gives false for an event for which there is no room; a
   * single one that is too large by itself finds room when nothing else waits.
   *
   * @param {Item} item
   */
  put(item) {
    if (this.#closed) {
      return true; // nobody misses it
    }
    const last = this.#items.at(-1);
    if (last !== undefined && this.#bytes + item.size + OVERHEAD > this.#limit) {
      if (!item.state) {
        return false;
      }
      // Of states in a row that nobody has had time for, the last one is enough.
      if (last.state) {
        this.#items[this.#items.length - 1] = item;
        return true;
      }
    }
    this.#push(item);
    return true;
  }

  /**
   * Takes the last item. With discard, events that still wait are left out.
   *
   * @param {Item} last
   * @param {boolean} discard
   */
  close(last, discard) {
    if (discard) {
      this.#items = this.#items.filter((item) => item.state);
      this.#bytes = this.#items.reduce((sum, item) => sum + item.size + OVERHEAD, 0);
    }
    if (!this.#closed) {
      this.#push(last);
      this.#closed = true;
    }
  }

  /** @param {Item} item */
  #push(item) {
    this.#items.push(item);
    this.#bytes += item.size + OVERHEAD;
    if (!this.#busy) {
      this.#busy = true;
      queueMicrotask(() => void this.#run());
    }
  }

  async #run() {
    for (let item = this.#items.shift(); item !== undefined; item = this.#items.shift()) {
      this.#bytes -= item.size + OVERHEAD;
      await item.deliver();
    }
    this.#busy = false;
  }
}
