// What the declarations promise, checked by the compiler alone: it fails where
// a line that should be refused is not.
import { Client, decode, type State } from "gatesmith-client";
import { Connection } from "gatesmith-client/connection";
import { chatSend } from "gatesmith-client/methods";
import { chatEvent } from "gatesmith-client/events";
import { ChatSendParams, type AgentEvent } from "gatesmith-client/types";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const yes = <T extends true>(): T | undefined => undefined;

export async function calls(client: Client) {
  const sent = await client.chatSend({ sessionKey: "main", message: "hi", idempotencyKey: "k" });
  yes<Equal<typeof sent.runId, string | undefined>>();
  sent.status satisfies string | undefined;
  // @ts-expect-error -- message is required
  await client.chatSend({ sessionKey: "main", idempotencyKey: "k" });
  // @ts-expect-error -- there is no such member
  await client.chatSend({ sessionKey: "main", message: "hi", idempotencyKey: "k", loud: true });
  // @ts-expect-error -- what came is not to be changed
  sent.runId = "other";
  // @ts-expect-error -- params are needed
  await client.chatSend();
  await client.sessionsList();
  (await client.lastHeartbeat()) satisfies { readonly ts: number } | null;
  const presence = await client.systemPresence({}, { timeoutMs: 100 });
  presence[0]?.ts satisfies number | undefined;
  (await client.call("chat.send", { sessionKey: "main", message: "hi", idempotencyKey: "k" })) satisfies { runId?: string };
  (await client.call("something.else", { x: 1 })) satisfies unknown;
}

export async function events(client: Client) {
  const stop = client.on("chat.event", (event, { seq }) => {
    event.runId satisfies string;
    seq satisfies number | undefined;
  });
  stop();
  client.on(chatEvent, (event) => event.sessionKey satisfies string);
  // @ts-expect-error -- there is no such event
  client.on("chat.evnt", () => undefined);
  for await (const event of client.events("agent.event")) {
    narrow(event);
  }
  client.onState((state: State) => {
    if (state.phase === "connected") {
      state.hello.policy.tickIntervalMs satisfies number;
    }
  });
}

// A tag chooses its variant, although unknown tags are possible too.
function narrow(event: AgentEvent) {
  switch (event.stream) {
    case "thinking":
      event.data.content satisfies string;
      return;
    case "lifecycle":
      yes<Equal<typeof event.stream, "lifecycle">>();
      return;
    case "message":
    case "tool":
    case "compaction":
    case "error":
      return;
    default:
      event.data satisfies unknown;
  }
}

export async function small() {
  const connection = new Connection("ws://127.0.0.1:1");
  const sent = await connection.call(chatSend, { sessionKey: "main", message: "hi", idempotencyKey: "k" });
  yes<Equal<typeof sent.runId, string | undefined>>();
  const params = decode(ChatSendParams, "{}");
  params satisfies ChatSendParams;
  params.attachments?.[0]?.mimeType satisfies string | undefined;
}
