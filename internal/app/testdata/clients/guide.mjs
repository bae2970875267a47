// The guide's browser client: all is sent as soon as the socket is open.
import { createInterface } from "node:readline";

const lines = [];
for await (const line of createInterface({ input: process.stdin })) lines.push(line);
let left = Number(process.argv[3]);
const ws = new WebSocket(process.argv[2]);
ws.onopen = () => lines.forEach((line) => ws.send(line));
ws.onmessage = (event) => {
  console.log(event.data);
  if (--left === 0) ws.close();
};
ws.onerror = (event) => {
  console.error(event.message ?? event.error ?? "failed");
  process.exit(1);
};
