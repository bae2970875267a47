/**
 * The client of the gateway protocol.
 *
 * @module
 */
export { Client } from "../generated/client.js";
export { Connection } from "./connection.js";
export { Device, signedText, storedTokens, webStore } from "./device.js";
export { ClientError, CloseError, GatewayError, isRetryable, RefusedError } from "./errors.js";
export { decode, explain, is, issuesOf, IssuesError } from "./wire/index.js";
export { errorCodes, minProtocolVersion, protocolVersion, roles, schemaHash, scopes } from "../generated/protocol.js";
export type CallOptions = import("./connection.js").CallOptions;
export type EventInfo = import("./connection.js").EventInfo;
export type State = import("./connection.js").State;
export type DeviceToken = import("./device.js").DeviceToken;
export type Signer = import("./device.js").Signer;
export type Store = import("./device.js").Store;
export type TokenStore = import("./device.js").TokenStore;
export type Reason = import("./errors.js").Reason;
export type Options = import("./options.js").Options;
export type Reconnect = import("./options.js").Reconnect;
export type Issue = import("./wire/index.js").Issue;
export type ErrorCode = import("../generated/protocol.js").ErrorCode;
export type Role = import("../generated/protocol.js").Role;
export type Scope = import("../generated/protocol.js").Scope;
/**
 * @typedef {import("./connection.js").CallOptions} CallOptions
 * @typedef {import("./connection.js").EventInfo} EventInfo
 * @typedef {import("./connection.js").State} State
 * @typedef {import("./device.js").DeviceToken} DeviceToken
 * @typedef {import("./device.js").Signer} Signer
 * @typedef {import("./device.js").Store} Store
 * @typedef {import("./device.js").TokenStore} TokenStore
 * @typedef {import("./errors.js").Reason} Reason
 * @typedef {import("./options.js").Options} Options
 * @typedef {import("./options.js").Reconnect} Reconnect
 * @typedef {import("./wire/index.js").Issue} Issue
 * @typedef {import("../generated/protocol.js").ErrorCode} ErrorCode
 * @typedef {import("../generated/protocol.js").Role} Role
 * @typedef {import("../generated/protocol.js").Scope} Scope
 */
