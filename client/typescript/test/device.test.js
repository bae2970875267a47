import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Device, storedTokens, webStore } from "gatesmith-client";
import { fileStore } from "gatesmith-client/node";
import { join } from "node:path";
import { test } from "node:test";
import { tmpdir } from "node:os";

function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "device-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("an identity is made once and kept in a file of its owner", async (t) => {
  const path = join(folder(t), "deep", "state");
  const first = await Device.load(fileStore(path));
  const again = await Device.load(fileStore(path));
  assert.deepEqual([again.id, again.publicKey], [first.id, first.publicKey]);
  assert.match(first.id, /^[0-9a-f]{64}$/);
  assert.equal(await again.sign("text"), await first.sign("text"));
  assert.deepEqual(readdirSync(path), ["device.json"], "no temporary file stays");
  assert.equal(statSync(join(path, "device.json")).mode & 0o777, 0o600);
});

test("a file that others can read, or that is none of ours, is refused", async (t) => {
  const path = folder(t);
  const store = fileStore(path);
  await Device.load(store);
  chmodSync(join(path, "device.json"), 0o644);
  await assert.rejects(Device.load(store), /can be read by others: mode is 0644: expected 0600/);
  writeFileSync(join(path, "other.json"), "{}", { mode: 0o600 });
  await assert.rejects(Device.load(store, "other.json"), /no device identity of version 1/);
  const kept = new Map();
  await Device.load(kept);
  kept.set("device.json", kept.get("device.json").replace(/"deviceId": "./, '"deviceId": "x'));
  await assert.rejects(Device.load(kept), /does not belong to the key/);
  await assert.rejects(Device.fromSeed(new Uint8Array(5)), /has 5 bytes: expected 32/);
});

test("a key that cannot be extracted signs, too", async () => {
  const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
  const device = await Device.fromKeys(pair);
  const signature = Buffer.from(await device.sign("text"), "base64url");
  assert.ok(await crypto.subtle.verify({ name: "Ed25519" }, pair.publicKey, signature, Buffer.from("text")));
});

test("tokens are kept by device and role", async (t) => {
  const items = new Map();
  const storage = { getItem: (k) => items.get(k) ?? null, setItem: (k, v) => void items.set(k, v), removeItem: (k) => void items.delete(k) };
  for (const store of [fileStore(folder(t)), webStore(storage)]) {
    const tokens = storedTokens(store);
    assert.equal(await tokens.load("d", "operator"), undefined);
    await tokens.save("d", "operator", { token: "a", savedAt: "" });
    await tokens.save("d", "node", { token: "b", savedAt: "" });
    await tokens.save("d", "node", { token: "b", savedAt: "later" });
    assert.deepEqual(await tokens.load("d", "node"), { token: "b", savedAt: "" }, "the same token is not written again");
    await tokens.delete("d", "operator");
    await tokens.delete("e", "operator");
    assert.equal(await tokens.load("d", "operator"), undefined);
    assert.equal((await tokens.load("d", "node")).token, "b");
    await store.set("tokens.json", '{"version":9}');
    await assert.rejects(tokens.load("d", "node"), /no device tokens of version 1/);
  }
  assert.deepEqual([...items.keys()], ["gatesmith:tokens.json"]);
});
