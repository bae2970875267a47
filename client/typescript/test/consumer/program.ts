// A program of somebody who has Node's declarations and not the browsers'.
import { Client, Device, storedTokens } from "gatesmith-client";
import { fileStore } from "gatesmith-client/node";

const store = fileStore("state");
const client = new Client("ws://127.0.0.1:18789", { device: await Device.load(store), tokens: storedTokens(store) });
const hello = await client.connect({ signal: AbortSignal.timeout(1000) });
hello.server.version satisfies string;
