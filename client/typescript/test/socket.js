// The WebSocket that is built in, so that tests on Node from 22 use it, else that
// of ws.
import { WebSocket as Other } from "ws";

export const WebSocket = globalThis.WebSocket ?? Other;
