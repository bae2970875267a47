/**
 * Makes connections and keeps one up.
 *
 * @module
 */

import { closedError, isLasting, isUnaccepted, RefusedError } from "./errors.js";
import { NORMAL, Session } from "./session.js";
import { sleep } from "./waiting.js";

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

export class Keeper {
  #client;
  #failed = 0; // attempts since a connection last held

  /** @param {Client} client */
  constructor(client) {
    this.#client = client;
  }

  /**
   * Connects, and keeps the connection up until the client ends. It gives the
   * cause of that, and throws when the first connection did not come about.
   *
   * @param {AbortSignal | undefined} signal bounds the first connection
   * @param {() => void} ready called once there is one
   * @returns {Promise<unknown>}
   */
  async run(signal, ready) {
    let session = await this.#first(signal);
    ready();
    for (;;) {
      const since = Date.now();
      const cause = await this.#untilEnded(session);
      if (this.#client.stop.aborted) {
        return closedError();
      }
      this.#client.tell({ phase: "disconnected", cause });
      if (this.#client.options.reconnect.off) {
        return cause;
      }
      try {
        session = await this.#again(session, Date.now() - since);
      } catch (error) {
        return error;
      }
    }
  }

  /** @param {Session} session */
  async #untilEnded(session) {
    const { stop } = this.#client;
    const end = () => session.end(closedError(), NORMAL);
    stop.addEventListener("abort", end, { once: true });
    if (stop.aborted) {
      end();
    }
    const cause = await session.ended;
    stop.removeEventListener("abort", end);
    await session.finish();
    return cause;
  }

  /** @param {AbortSignal | undefined} signal */
  async #first(signal) {
    const both = signal === undefined ? this.#client.stop : AbortSignal.any([this.#client.stop, signal]);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(both);
      } catch (error) {
        both.throwIfAborted();
        if (!this.#client.options.reconnect.first || this.#isFinal(error)) {
          throw error;
        }
        await this.#pause(both, attempt, 0, error);
      }
    }
  }

  /**
   * Makes the next connection after one that has ended and was up for a time.
   *
   * @param {Session} last
   * @param {number} up
   */
  async #again(last, up) {
    const { options, stop } = this.#client;
    // A connection that held shows that all is well. One that was lost at once
    // is a failed attempt like others, or the gateway would never get rid of
    // clients that it accepts and then cannot serve.
    if (up > options.reconnect.maxMs) {
      this.#failed = 0;
    }
    let cause = last.cause;
    let floor = last.restartMs ?? 0;
    for (;;) {
      this.#failed++;
      await this.#pause(stop, this.#failed, floor, cause);
      try {
        return await this.#attempt(stop);
      } catch (error) {
        stop.throwIfAborted();
        if (this.#isFinal(error)) {
          throw error;
        }
        cause = error;
        floor = 0;
      }
    }
  }

  /**
   * Whether an attempt failed for a reason that trying again does not cure.
   *
   * @param {unknown} error
   */
  #isFinal(error) {
    return isLasting(error) && !this.#client.options.reconnect.refused;
  }

  /**
   * Waits before an attempt, at least for as long as the gateway asked for.
   *
   * @param {AbortSignal} signal
   * @param {number} attempt
   * @param {number} floor
   * @param {unknown} cause
   */
  async #pause(signal, attempt, floor, cause) {
    const asked = cause instanceof RefusedError ? (cause.error.retryAfterMs ?? 0) : 0;
    const delayMs = delay(this.#client.options.reconnect, attempt, Math.max(floor, asked), Math.random());
    this.#client.tell({ phase: "reconnecting", cause, attempt, delayMs });
    await sleep(delayMs, signal);
  }

  /**
   * Makes one connection. A kept token that the gateway does not accept is
   * forgotten, if there is a shared secret to try in its place: it was revoked,
   * or is worth less than what is asked for now.
   *
   * @param {AbortSignal} signal
   */
  async #attempt(signal) {
    const { device, tokens, role } = this.#client.options;
    const kept = await this.#keptToken();
    if (kept === undefined || device === undefined || tokens === undefined) {
      return this.#keepToken(await this.#open(await this.#shared(), signal));
    }
    try {
      return await this.#keepToken(await this.#open({ token: kept }, signal));
    } catch (error) {
      const shared = await this.#shared();
      if (!isUnaccepted(error) || (shared.token === undefined && shared.password === undefined)) {
        throw error;
      }
      await this.#quietly("the device token cannot be forgotten", () => tokens.delete(device.id, role));
      return this.#keepToken(await this.#open(shared, signal));
    }
  }

  /** @returns {Promise<Credentials>} */
  async #shared() {
    const { token, password } = this.#client.options;
    const value = typeof token === "function" ? await token() : token;
    return { ...(value && { token: value }), ...(password && { password }) };
  }

  async #keptToken() {
    const { device, tokens, role } = this.#client.options;
    const kept = await this.#quietly("the device token cannot be read", async () => device && (await tokens?.load(device.id, role)));
    return kept?.token || undefined;
  }

  /**
   * Keeps the token that a greeting brought.
   *
   * @param {Session} session
   */
  async #keepToken(session) {
    const { device, tokens, role } = this.#client.options;
    const auth = session.hello?.auth;
    if (device !== undefined && tokens !== undefined && auth?.deviceToken) {
      const token = { token: auth.deviceToken, scopes: /** @type {Partial<typeof auth>} */ (auth).scopes ?? [], savedAt: new Date().toISOString() };
      await this.#quietly("the device token cannot be kept", () => tokens.save(device.id, auth.role || role, token));
    }
    return session;
  }

  /**
   * Does what a connection can do without.
   *
   * @template T
   * @param {string} what
   * @param {() => Promise<T>} f
   * @returns {Promise<T | undefined>}
   */
  async #quietly(what, f) {
    try {
      return await f();
    } catch (error) {
      this.#client.options.onError(error, what);
      return undefined;
    }
  }

  /**
   * Opens a session with one set of credentials.
   *
   * @param {Credentials} credentials
   * @param {AbortSignal} signal
   */
  async #open(credentials, signal) {
    signal.throwIfAborted();
    const session = new Session(this.#client);
    try {
      await session.greet(credentials, signal);
    } catch (error) {
      await session.finish();
      throw error;
    }
    return session;
  }
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
export function delay({ minMs, maxMs }, attempt, floor, chance) {
  const whole = Math.min(minMs * 2 ** Math.min(attempt - 1, 30), maxMs);
  const d = whole / 2 + (chance * whole) / 2;
  return d < floor ? floor + chance * minMs : d;
}

