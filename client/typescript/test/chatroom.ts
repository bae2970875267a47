// The second protocol: what the emitter makes of schemas that the first one
// does not have. Checked by the compiler alone.
import { Client } from "../../../gen/testdata/chatroom/typescript/client.js";
import type { Attachment, Block, Comment, Deed } from "../../../gen/testdata/chatroom/typescript/types.js";
import { roles } from "../../../gen/testdata/chatroom/typescript/protocol.js";

export async function talk(client: Client) {
  const said = await client.say({ room: "hall", key: "k", text: "hi", to: comment });
  said satisfies object;
  // @ts-expect-error -- there is no such method
  client.shout();
  client.on("room.deed", ({ deed }) => label(deed));
  Object.keys(roles);
}

// Recursive types, unions by JSON kind, required members that may be null.
const comment: Comment = { id: "i", at: "t", by: null, text: "hi", best: null, replies: [{ id: "j", at: "t", by: "ada", text: "ho", best: null }] };
// @ts-expect-error -- best is required
export const incomplete: Comment = { id: "i", at: "t", by: null, text: "hi" };

export function kind(a: Attachment): string {
  if (typeof a === "string" || typeof a === "number" || typeof a === "boolean") {
    return typeof a;
  }
  return "url" in a || "data" in a || "name" in a ? "file" : "list";
}

export function words(b: Block): string {
  switch (b.kind) {
    case "text":
      return b.text;
    case "quote":
      return b.of.map(words).join(" ");
    case "rule":
      return "";
  }
}

function label(d: Deed): string {
  switch (d.deed) {
    case "enter":
      return "enters";
    case "say":
      return d.comment.text;
    default:
      return d.deed;
  }
}
