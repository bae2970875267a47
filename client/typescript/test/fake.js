// A gateway that does what a test tells it, over real sockets on loopback.
import { once } from "node:events";
import { WebSocketServer } from "ws";

const hello = {
  type: "hello-ok",
  protocol: 3,
  server: { version: "test", connId: "c1" },
  features: { methods: [], events: [] },
  snapshot: { presence: [], health: {}, stateVersion: { presence: 0, health: 0 }, uptimeMs: 0 },
  policy: { maxPayload: 1000, maxBufferedBytes: 1000, tickIntervalMs: 30_000 },
};

/**
 * Starts one. What it makes of requests is up to answer, which gets the socket
 * and the frame; of openings, to greet.
 *
 * @param {object} t the test, whose end stops it
 */
export async function startFake(t, { answer = () => undefined, greet = (socket) => socket.json(hello), port = 0, challenge } = {}) {
  const server = new WebSocketServer({ host: "127.0.0.1", port });
  await once(server, "listening");
  const fake = { address: `ws://127.0.0.1:${server.address().port}`, hello, openings: [], sockets: [], requests: [], closes: [], paths: [], stop };
  async function stop() {
    server.clients.forEach((client) => client.terminate());
    await new Promise((resolve) => server.close(resolve));
  }
  t.after(stop);
  server.on("connection", (socket, request) => {
    fake.paths.push(request.url);
    fake.sockets.push(socket);
    socket.json = (value) => socket.send(JSON.stringify(value));
    socket.event = (event, payload, seq) => socket.json({ type: "event", event, payload, seq });
    socket.on("close", (code, reason) => fake.closes.push([code, String(reason)]));
    if (challenge !== undefined) {
      socket.event("connect.challenge", { nonce: challenge, ts: 1 });
    }
    socket.once("message", (opening) => {
      fake.openings.push(JSON.parse(opening));
      socket.on("message", (text) => {
        const frame = JSON.parse(text);
        fake.requests.push(frame);
        answer(socket, frame);
      });
      greet(socket, fake.openings.at(-1));
    });
  });
  return fake;
}

/** Answers a request. */
export const ok = (socket, { id }, payload) => socket.json({ type: "res", id, ok: true, payload });

/** Refuses one. */
export function refuse(socket, id, error) {
  socket.json({ type: "res", id, ok: false, error });
  if (id === "connect") {
    socket.close(1008, "refused");
  }
}
