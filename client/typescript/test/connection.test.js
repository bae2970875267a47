import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, ClientError, CloseError, Device, GatewayError, RefusedError, signedText, storedTokens } from "gatesmith-client";
import { ok, refuse, startFake } from "./fake.js";
import { WebSocket } from "./socket.js";

const limit = { timeout: 20_000 };

/** Makes a client that is closed with the test. */
function make(t, fake, options = {}) {
  const client = new Client(fake.address, { WebSocket, reconnect: { minMs: 5, maxMs: 20 }, onError: () => undefined, ...options });
  t.after(() => client.close());
  return client;
}

async function dial(t, fake, options) {
  const client = make(t, fake, options);
  await client.connect();
  return client;
}

const triggers = { triggers: ["computer"] };

test("the opening says who connects, and nothing that is not known", limit, async (t) => {
  const fake = await startFake(t);
  await dial(t, fake, { token: () => Promise.resolve("secret"), version: "1", platform: "web", scopes: ["operator.read"] });
  assert.deepEqual(fake.paths, ["/v1/connect"]);
  assert.deepEqual(fake.openings, [
    {
      minProtocol: 3,
      maxProtocol: 3,
      client: { id: "gatesmith-js", version: "1", platform: "web", mode: "operator" },
      role: "operator",
      scopes: ["operator.read"],
      auth: { token: "secret" },
    },
  ]);
});

test("a device signs the challenge", limit, async (t) => {
  const fake = await startFake(t, { challenge: "n-1" });
  const device = await Device.fromSeed(new TextEncoder().encode("s".repeat(32)));
  await dial(t, fake, { device, token: "tok", id: "cli", mode: "cli", scopes: ["operator.read", "operator.write"] });
  assert.deepEqual(fake.paths, ["/"]);
  const { device: proof, auth } = fake.openings[0];
  assert.equal(auth.token, "tok");
  assert.equal(proof.nonce, "n-1");
  assert.equal(proof.id, device.id);
  const text = signedText({ device: device.id, client: "cli", mode: "cli", role: "operator", scopes: ["operator.read", "operator.write"], signedAt: proof.signedAt, token: "tok", nonce: "n-1" });
  assert.equal(text, `v2|${device.id}|cli|cli|operator|operator.read,operator.write|${proof.signedAt}|tok|n-1`);
  assert.equal(proof.signature, await device.sign(text));
});

test("a kept token is preferred, and forgotten when it is not accepted", limit, async (t) => {
  const fake = await startFake(t, {
    challenge: "n",
    greet: (socket, { auth }) =>
      auth.token === "kept"
        ? refuse(socket, "connect", { code: "INVALID_REQUEST", message: "unauthorized: device token mismatch" })
        : socket.json({ ...fake.hello, auth: { deviceToken: "new", role: "operator", scopes: [] } }),
  });
  const store = new Map();
  const device = await Device.load(store);
  const tokens = storedTokens(store);
  await tokens.save(device.id, "operator", { token: "kept", savedAt: "" });
  await dial(t, fake, { device, tokens, token: "shared" });
  assert.deepEqual(fake.openings.map((o) => o.auth.token), ["kept", "shared"]);
  assert.equal((await tokens.load(device.id, "operator")).token, "new");
});

test("a refusal ends the client, unless waiting cures it", limit, async (t) => {
  let refusals = 0;
  const fake = await startFake(t, {
    greet(socket, { auth }) {
      if (auth?.token === "later" && ++refusals > 2) {
        socket.json(fake.hello);
      } else {
        refuse(socket, "connect", { code: "UNAVAILABLE", message: "starting", retryable: auth?.token === "later", retryAfterMs: 1 });
      }
    },
  });
  const client = make(t, fake, { reconnect: { first: true, minMs: 1, maxMs: 2 } });
  await assert.rejects(client.connect(), (error) => error instanceof RefusedError && error.error.code === "UNAVAILABLE" && error.error.retryAfterMs === 1);
  await assert.rejects(client.connect(), { reason: "closed" });
  const patient = await dial(t, fake, { token: "later", reconnect: { first: true, minMs: 1, maxMs: 2 } });
  assert.equal(patient.state.phase, "connected");
});

test("connect is bounded by its time and by its signal", limit, async (t) => {
  const fake = await startFake(t, { greet: () => undefined });
  await assert.rejects(make(t, fake, { connectTimeoutMs: 30 }).connect(), { reason: "timeout" });
  await assert.rejects(make(t, fake).connect({ signal: AbortSignal.timeout(30) }), { name: "TimeoutError" });
  await assert.rejects(make(t, { address: "ws://127.0.0.1:1" }).connect(), /no connection to 127\.0\.0\.1:1/);
});

test("calls go out as they are given and come back checked", limit, async (t) => {
  const fake = await startFake(t, { answer: (socket, frame) => ok(socket, frame, frame.params.triggers[0] === "bad" ? { triggers: "bad" } : { triggers: ["a"], more: 1 }) });
  const client = await dial(t, fake);
  assert.deepEqual(await client.voicewakeSet(triggers), { triggers: ["a"], more: 1 });
  assert.deepEqual(fake.requests, [{ type: "req", id: "1", method: "voicewake.set", params: triggers }]);
  await assert.rejects(client.voicewakeSet({ triggers: ["bad"] }), (error) => error.name === "IssuesError" && error.issues[0].path === "/triggers");
});

test("an error has what the gateway said", limit, async (t) => {
  const fake = await startFake(t, {
    answer: (socket, { id, method }) =>
      method === "x" ? refuse(socket, id, { code: "AGENT_TIMEOUT", message: "later", retryAfterMs: 5e9, details: { a: 1 } }) : refuse(socket, id),
  });
  const client = await dial(t, fake);
  await assert.rejects(client.call("x"), (error) => {
    assert.ok(error instanceof GatewayError);
    const { code, text, message, retryable, retryAfterMs, details } = error;
    assert.deepEqual({ code, text, message, retryable, retryAfterMs, details }, { code: "AGENT_TIMEOUT", text: "later", message: "AGENT_TIMEOUT: later", retryable: true, retryAfterMs: 3_600_000, details: { a: 1 } });
    return true;
  });
  await assert.rejects(client.call("y"), { code: "UNAVAILABLE", retryable: true, retryAfterMs: undefined });
});

test("a call is bounded by its time, its signal, and the gateway's limit", limit, async (t) => {
  const fake = await startFake(t);
  const client = await dial(t, fake, { requestTimeoutMs: 30 });
  await assert.rejects(client.voicewakeGet(), { reason: "timeout" });
  await assert.rejects(client.voicewakeGet({}, { signal: AbortSignal.abort("enough") }), (error) => error === "enough");
  await assert.rejects(client.agentWait({ runId: "r", timeoutMs: 10 }), { reason: "timeout", message: /within 40 ms/ });
  await assert.rejects(client.agentWait({ runId: "r", timeoutMs: 1e6 }, { timeoutMs: 20 }), { reason: "timeout", message: /within 20 ms/ });
  await assert.rejects(client.voicewakeSet({ triggers: ["ä".repeat(600)] }), { reason: "too-large" });
  await assert.rejects(new Client("ws://127.0.0.1:1", { WebSocket }).health(), { reason: "not-connected" });
});

test("no more calls than maxPending are out at a time", limit, async (t) => {
  const fake = await startFake(t, { answer: (socket, frame) => frame.id !== "1" && ok(socket, frame, triggers) });
  const client = await dial(t, fake, { maxPending: 1 });
  const first = client.voicewakeGet({}, { timeoutMs: 60 });
  await assert.rejects(client.voicewakeGet({}, { timeoutMs: 20 }), { reason: "timeout" });
  const third = client.voicewakeGet();
  await assert.rejects(first, { reason: "timeout" });
  assert.deepEqual(await third, triggers);
  assert.equal(fake.requests.length, 2);
});

test("what may be repeated is sent again over the next connection, and nothing else", limit, async (t) => {
  let answers = 0;
  const fake = await startFake(t, { answer: (socket, frame) => (++answers > 3 ? ok(socket, frame, triggers) : socket.terminate()) });
  const client = await dial(t, fake);
  await assert.rejects(client.call("some.method"), { reason: "connection-lost" });
  assert.deepEqual(await client.voicewakeSet(triggers), triggers);
  assert.deepEqual(fake.requests.map((r) => r.id), ["1", "2", "2", "2"]);
  answers = -10;
  await assert.rejects(client.voicewakeGet(), (error) => error instanceof ClientError && error.reason === "connection-lost");
  assert.equal(fake.requests.length, 7, "three times at most");
});

test("gaps are told before the event behind them", limit, async (t) => {
  const fake = await startFake(t);
  const client = make(t, fake);
  const seen = [];
  client.onGap((expected, got) => seen.push(["gap", expected, got]));
  client.onAny((name, payload, seq) => seen.push([name, seq]));
  const done = new Promise((resolve) => client.on("tick", ({ ts }) => ts === 3 && resolve()));
  await client.connect();
  const [socket] = fake.sockets;
  socket.event("tick", { ts: 1 }, 1);
  socket.event("new.event", undefined, 4);
  socket.event("tick", { ts: 2 });
  socket.event("tick", { ts: 3 }, 5);
  await done;
  assert.deepEqual(seen, [["tick", 1], ["gap", 2, 4], ["new.event", 4], ["tick", undefined], ["tick", 5]]);
});

test("subscribers are called one at a time, each with its own payload", limit, async (t) => {
  const errors = [];
  const fake = await startFake(t);
  const client = make(t, fake, { onError: (error) => errors.push(error) });
  const seen = [];
  client.on("tick", async (payload) => {
    payload.ts = -1;
    await new Promise((resolve) => setImmediate(resolve));
    seen.push("first");
    throw new Error("mine");
  });
  const stop = client.on("tick", ({ ts }) => seen.push(ts));
  const done = new Promise((resolve) => client.on("shutdown", resolve));
  client.on("tick", () => stop());
  await client.connect();
  const [socket] = fake.sockets;
  socket.event("tick", { ts: 7 });
  socket.event("tick", { ts: "x" }); // no such payload
  socket.event("tick", { ts: 8 });
  socket.event("shutdown", { reason: "r", restartExpectedMs: null });
  await done;
  assert.deepEqual(seen, ["first", 7, "first"]);
  assert.equal(errors.filter((e) => e.message === "mine").length, 2);
  assert.ok(errors.some((e) => e.name === "IssuesError"));
});

test("events wait in a bounded queue: numbered ones are left out, others end the connection", limit, async (t) => {
  const fake = await startFake(t);
  const client = make(t, fake, { maxEvents: 1000 });
  let free;
  const blocked = new Promise((resolve) => (free = resolve));
  client.on("tick", () => blocked);
  const causes = [];
  client.onState((state) => state.phase === "disconnected" && causes.push(state.cause.reason));
  await client.connect();
  const [socket] = fake.sockets;
  for (let seq = 1; seq <= 20; seq++) {
    socket.event("tick", { ts: seq }, seq);
  }
  await client.call("x", {}, { timeoutMs: 30 }).catch(() => undefined); // calls are not held up
  socket.event("tick", { ts: 1 }); // takes the room of the one that is being delivered
  socket.event("tick", { ts: 1 });
  while (fake.closes.length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(fake.closes, [[4008, "slow subscriber"]]);
  const back = new Promise((resolve) => client.onState((state) => state.phase === "connected" && resolve()));
  free();
  await back;
  assert.deepEqual(causes, [], "of states in a row that found no room, the last one is enough");
});

test("a loop over events ends with the client, its signal, itself, or when it is too slow", limit, async (t) => {
  const fake = await startFake(t);
  const client = await dial(t, fake);
  const [socket] = fake.sockets;
  const got = [];
  const loop = async (options, most) => {
    for await (const { ts } of client.events("tick", options)) {
      got.push(ts);
      if (got.length === most) {
        break;
      }
    }
    return "ended";
  };
  const broken = loop({}, 2);
  [1, 2, 3].forEach((ts) => socket.event("tick", { ts }));
  assert.equal(await broken, "ended");
  assert.deepEqual(got, [1, 2]);
  const control = new AbortController();
  const aborted = loop({ signal: control.signal });
  control.abort();
  assert.equal(await aborted, "ended");
  assert.equal(await loop({ signal: control.signal }), "ended");

  const slow = client.events("tick", { max: 2 });
  const flushed = new Promise((resolve) => client.on("shutdown", resolve));
  [4, 5, 6].forEach((ts) => socket.event("tick", { ts }));
  socket.event("shutdown", { reason: "r" });
  await flushed;
  assert.deepEqual([(await slow.next()).value.ts, (await slow.next()).value.ts], [4, 5]);
  await assert.rejects(slow.next(), { reason: "slow-subscriber" });
  assert.deepEqual(await slow.next(), { done: true, value: undefined });

  const last = loop({});
  await client.close();
  assert.equal(await last, "ended");
  assert.equal(await loop({}), "ended");
});

test("a silent gateway is left", limit, async (t) => {
  const fake = await startFake(t, { greet: (socket) => socket.json({ ...fake.hello, policy: { ...fake.hello.policy, tickIntervalMs: 20 } }) });
  const client = make(t, fake);
  const lost = new Promise((resolve) => client.onState((state) => state.phase === "disconnected" && resolve(state.cause)));
  await client.connect();
  assert.equal((await lost).reason, "tick-timeout");
});

test("close codes that waiting does not cure end a client that tries to connect", limit, async (t) => {
  let openings = 0;
  const fake = await startFake(t, { greet: (socket) => (++openings === 1 ? socket.json(fake.hello) : socket.close(1008, "no more")) });
  const client = await dial(t, fake);
  fake.sockets[0].close(1012, "restart");
  const cause = await client.done;
  assert.ok(cause instanceof CloseError && cause.code === 1008 && cause.reason === "no more", String(cause));
  await assert.rejects(client.health(), (error) => error === cause);
});

test("without reconnecting, the client ends with its connection", limit, async (t) => {
  const fake = await startFake(t);
  const client = await dial(t, fake, { reconnect: { off: true } });
  const waits = client.events("tick").next();
  fake.sockets[0].close(1012, "restart");
  assert.equal((await client.done).code, 1012);
  await assert.rejects(waits, { code: 1012 });
});

test("what is too large fails its call alone", limit, async (t) => {
  const fake = await startFake(t, { answer: (socket, frame) => ok(socket, frame, frame.method === "big" ? "x".repeat(2000) : 1) });
  const client = await dial(t, fake, { maxMessage: 1000 });
  await assert.rejects(client.call("big"), { reason: "too-large" });
  assert.equal(await client.call("small"), 1);
});

test("addresses", () => {
  const bad = (address) => assert.throws(() => new Client(address, { WebSocket }), { message: /expected|secrets/ });
  ["", "localhost:1", "ftp://h/", "ws://user:pw@h/"].forEach(bad);
  if (globalThis.WebSocket === undefined) {
    assert.throws(() => new Client("ws://h"), /no WebSocket is built in here/);
  }
});
