import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, Connection, Device, GatewayError, RefusedError, schemaHash, storedTokens } from "gatesmith-client";
import { presenceEvent } from "gatesmith-client/events";
import { startGateway, token } from "./gateway.js";
import { systemPresence } from "gatesmith-client/methods";
import { WebSocket } from "./socket.js";

const limit = { timeout: 20_000 };
let gateway;
before(async () => (gateway = await startGateway()));
after(() => gateway.stop());

/** Connects a client that is closed with the test. */
async function dial(t, options = {}) {
  const client = new Client(gateway.address, { WebSocket, token, ...options });
  t.after(() => client.close());
  await client.connect();
  return client;
}

test("connects, calls and closes", limit, async (t) => {
  const client = await dial(t, { displayName: "test" });
  assert.equal(client.hello.type, "hello-ok");
  assert.equal(client.hello.server.schema, schemaHash, "gateway and client are of one schema");
  assert.ok(client.hello.features.methods.includes("health"));
  assert.equal(client.state.phase, "connected");
  assert.equal((await client.health()).ok, true);
  const presence = await client.systemPresence();
  assert.ok(presence.some((p) => p.host === "test"), JSON.stringify(presence));
  assert.equal(await client.lastHeartbeat(), null);
  await client.close();
  assert.equal(client.state.phase, "ended");
  await assert.rejects(client.health(), { reason: "closed" });
});

test("calls by name and by alias, and says what the gateway says", limit, async (t) => {
  const client = await dial(t);
  assert.equal((await client.call("set-heartbeats", { enabled: true })).ok, true);
  await assert.rejects(client.setHeartbeats({ enabled: "yes" }), (error) => {
    assert.ok(error instanceof GatewayError);
    assert.equal(error.code, "INVALID_REQUEST");
    assert.equal(error.retryable, false);
    assert.match(error.text, /at \/enabled: must be boolean/);
    assert.deepEqual(error.details, { issues: [{ path: "/enabled", rule: "type", message: "must be boolean" }] });
    return true;
  });
  await assert.rejects(client.call("no.such.method"), { code: "INVALID_REQUEST" });
});

test("hears events", limit, async (t) => {
  const first = await dial(t, { displayName: "first" });
  const seen = new Promise((resolve) => {
    first.on("presence", ({ presence }, { seq }) => presence.some((p) => p.host === "second") && resolve(seq));
  });
  const looped = (async () => {
    for await (const { presence } of first.events(presenceEvent)) {
      if (presence.some((p) => p.host === "second")) {
        return presence.length;
      }
    }
  })();
  await first.systemEvent({ text: "Node: second", host: "second" });
  assert.equal(typeof (await seen), "number");
  assert.ok((await looped) >= 2);
});

test("a small program imports what it uses", limit, async (t) => {
  const connection = new Connection(gateway.address, { WebSocket, token });
  t.after(() => connection.close());
  await connection.connect();
  assert.ok(Array.isArray(await connection.call(systemPresence)));
  assert.throws(() => connection.on("presence", () => undefined), /no event is called "presence"/);
});

test("a wrong token is refused", limit, async () => {
  const client = new Client(gateway.address, { WebSocket, token: "wrong" });
  await assert.rejects(client.connect(), (error) => error instanceof RefusedError && /^unauthorized/.test(error.error.text));
  assert.equal(client.state.phase, "ended");
  assert.ok((await client.done) instanceof RefusedError);
});

test("a device is paired, gets a token and prefers it", limit, async (t) => {
  const store = new Map();
  const device = await Device.load(store);
  const tokens = storedTokens(store);
  const first = await dial(t, { device, tokens, scopes: ["operator.admin"] });
  assert.equal(device.id, (await Device.load(store)).id, "the identity is kept");
  const kept = await tokens.load(device.id, "operator");
  assert.ok(kept?.token, "the greeting brought a token");
  assert.equal(first.hello.auth.deviceToken, kept.token);
  // The shared secret is not needed any more.
  const second = await dial(t, { device, tokens, token: undefined, scopes: ["operator.admin"] });
  assert.equal(second.hello.auth.deviceToken !== undefined, true);
  // A token that is worth nothing is forgotten for the shared secret.
  await tokens.save(device.id, "operator", { token: "stale", savedAt: "" });
  await dial(t, { device, tokens, scopes: ["operator.admin"] });
  assert.notEqual((await tokens.load(device.id, "operator")).token, "stale");
});

test("comes back after a restart of the gateway", limit, async (t) => {
  const own = await startGateway();
  const client = new Client(own.address, { WebSocket, token, reconnect: { minMs: 20, maxMs: 100 } });
  const phases = [];
  client.onState(({ phase }) => phases.push(phase));
  t.after(() => client.close());
  await client.connect();
  await own.stop({ keep: true });
  const waiting = client.health(); // waits for the next connection
  const again = await startGateway([], Number(new URL(own.address).port), own.folder);
  t.after(() => again.stop());
  assert.equal((await waiting).ok, true);
  assert.deepEqual([phases[0], phases[1], phases.at(-1)], ["connected", "disconnected", "connected"]);
  assert.ok(phases.includes("reconnecting"));
});
