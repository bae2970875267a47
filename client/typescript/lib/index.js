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
