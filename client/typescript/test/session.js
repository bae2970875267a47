// Does what a scripted session says of the client: docs/conformance.md.
//
//   node session.js ADDRESS SCRIPT
import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { Client, ClientError, GatewayError, RefusedError } from "gatesmith-client";
import { methods } from "gatesmith-client/tables";
import { WebSocket } from "ws";

const [address, file] = process.argv.slice(2);
const script = JSON.parse(await readFile(file, "utf8"));

/** A queue whose items can be waited for. */
class Seen {
  #items = [];
  #waiting = [];
  add(item) {
    const next = this.#waiting.shift();
    next === undefined ? this.#items.push(item) : next(item);
  }
  next() {
    return this.#items.length > 0 ? Promise.resolve(this.#items.shift()) : new Promise((resolve) => this.#waiting.push(resolve));
  }
}

const client = new Client(address, { token: script.token, reconnect: { minMs: 10 }, ...(globalThis.WebSocket === undefined ? { WebSocket } : {}) });
const events = new Seen();
const gaps = new Seen();
const phases = new Seen();
client.onAny((name, payload) => events.add({ name, payload }));
client.onGap((expected, got) => gaps.add({ expected, got }));
client.onState((state) => phases.add(state.phase));
const calls = new Map();
let opened;

/** Fails where a value lacks what is wanted of it. Members that are not mentioned do not count. */
function within(want, got, at = "") {
  if (typeof want === "object" && want !== null) {
    if (typeof got !== "object" || got === null || Array.isArray(want) !== Array.isArray(got) || (Array.isArray(want) && want.length !== got.length)) {
      throw new Error(`at ${at}: expected ${JSON.stringify(want)}, not ${JSON.stringify(got)}`);
    }
    Object.keys(want).forEach((key) => within(want[key], got[key], `${at}/${key}`));
  } else if (!Object.is(want, got)) {
    throw new Error(`at ${at}: expected ${JSON.stringify(want)}, not ${JSON.stringify(got)}`);
  }
}

function failed(error, { code, message, retryable, details, reason }) {
  if (reason !== undefined) {
    if (!(error instanceof ClientError) || error.reason !== reason) {
      throw new Error(`expected ${reason}`, { cause: error });
    }
    return;
  }
  if (!(error instanceof GatewayError) || error.code !== code || (message !== undefined && error.text !== message) || (retryable !== undefined && error.retryable !== retryable)) {
    throw new Error(`expected ${code}: ${message}, retryable ${retryable}`, { cause: error });
  }
  if (details !== undefined) {
    within(details, error.details);
  }
}

const settled = (promise) => promise.then((value) => ({ value }), (error) => ({ error }));

/** The client's part of the steps; the others are the gateway's. */
const acts = {
  connect() {
    opened = settled(client.connect());
  },
  async connected() {
    for (;;) {
      const next = await Promise.race([phases.next(), opened.then(({ error }) => (error === undefined ? new Promise(() => {}) : error))]);
      if (next instanceof Error) {
        throw next;
      }
      if (next === "connected") {
        return;
      }
    }
  },
  async refused(want) {
    const { error } = await opened;
    if (!(error instanceof RefusedError)) {
      throw new Error("expected the connection to be refused", { cause: error });
    }
    failed(error.cause, want);
  },
  call({ as, method, params }) {
    calls.set(as, settled(client.call(methods[method], params)));
  },
  async result({ of, value }) {
    const got = await calls.get(of);
    if (got.error !== undefined) {
      throw got.error;
    }
    within(value, got.value);
  },
  async error({ of, ...want }) {
    failed((await calls.get(of)).error, want);
  },
  async event({ name, payload }) {
    const got = await events.next();
    if (got.name !== name) {
      throw new Error(`expected the event ${name}, not ${got.name}`);
    }
    within(payload, got.payload);
  },
  async gap(want) {
    const got = await gaps.next();
    if (!isDeepStrictEqual(got, want)) {
      throw new Error(`expected the gap ${JSON.stringify(want)}, not ${JSON.stringify(got)}`);
    }
  },
  close() {
    return client.close();
  },
};

for (const [i, step] of script.steps.entries()) {
  const [[act, about]] = Object.entries(step);
  try {
    await acts[act]?.(about);
  } catch (error) {
    console.error(`step ${i + 1}:`, error);
    process.exit(1);
  }
}
process.exit(0);
