// Runs in the browser: browser.test.js reads outcome.
import { Client, decode, Device, IssuesError, RefusedError, storedTokens, webStore } from "/lib/index.js";
import { ChatSendParams } from "/generated/types.js";

const { searchParams } = new URL(location.href);
const address = searchParams.get("address");
const token = searchParams.get("token");

async function run() {
  const store = webStore(localStorage);
  const device = await Device.load(store);
  // A page is not on the gateway's machine for all it knows: somebody has to
  // approve its device, here the page itself with the shared secret alone.
  const admin = new Client(address, { token });
  await admin.connect();
  admin.on("device.pair.requested", ({ requestId }) => admin.devicePairApprove({ requestId }));
  const client = new Client(address, { token, device, tokens: storedTokens(store), displayName: "browser", scopes: ["operator.admin"], reconnect: { first: true, refused: true, minMs: 50 } });
  const phases = [];
  client.onState(({ phase }) => phase !== "reconnecting" && phases.push(phase));
  const hello = await client.connect();
  const health = await client.health();
  const presence = client.events("presence").next();
  await client.systemEvent({ text: "Node: page", host: "page" });
  const seen = (await presence).value.presence.some((p) => p.host === "page");
  await Promise.all([client.close(), admin.close()]);
  let refused = false;
  try {
    await new Client(address, { token: "wrong" }).connect();
  } catch (error) {
    refused = error instanceof RefusedError;
  }
  let issues = [];
  try {
    decode(ChatSendParams, '{"message":1,"message":"hi"}');
  } catch (error) {
    issues = error instanceof IssuesError ? error.issues.map((i) => i.rule) : [String(error)];
  }
  return {
    schema: hello.server.schema,
    ok: health.ok,
    seen,
    refused,
    issues,
    phases,
    kept: Object.keys(localStorage).sort(),
    sameDevice: (await Device.load(store)).id === device.id,
  };
}

globalThis.outcome = run().catch((error) => ({ failed: String(error?.stack ?? error) }));
