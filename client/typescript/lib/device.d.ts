/**
 * The identity by which a machine is known to gateways: an Ed25519 key, the id
 * that follows from it, and the text that it signs when it connects.
 *
 * @module
 */
export type Store = {
    get: (name: string) => string | null | undefined | Promise<string | null | undefined>;
    set: (name: string, text: string) => unknown;
    delete: (name: string) => unknown;
};
export type Signer = {
    /**
     * lowercase hex SHA-256 of the public key
     */
    id: string;
    /**
     * the raw public key in base64url
     */
    publicKey: string;
    /**
     * gives the signature in base64url
     */
    sign: (text: string) => Promise<string>;
};
export type Key = Parameters<typeof globalThis.crypto.subtle.sign>[1];
export type KeyPair = {
    readonly privateKey: Key;
    readonly publicKey: Key;
};
/** A device's key pair. */
export declare class Device {
    #private;
    /** Lowercase hex SHA-256 of the public key. */
    id: string;
    /** The raw public key in base64url. */
    publicKey: string;
    /**
     * @param {Key} key the private half; it need not be extractable
     * @param {string} publicKey
     * @param {string} id
     */
    constructor(key: Key, publicKey: string, id: string);
    /**
     * Makes an identity of a key pair of WebCrypto, whose private half need not
     * be extractable: such a pair can be kept in IndexedDB, where no script reads
     * the secret.
     *
     * @param {KeyPair} pair
     */
    static fromKeys(pair: KeyPair): Promise<Device>;
    /**
     * Makes the identity of a seed: the 32 bytes that its key follows from.
     *
     * @param {Uint8Array} seed
     */
    static fromSeed(seed: Uint8Array): Promise<Device>;
    /**
     * Gives the identity that is kept in a store. Where there is none, it makes
     * one and keeps it. The form is that of the Go client's device file.
     *
     * @param {Store} store
     * @param {string} [name]
     */
    static load(store: Store, name?: string): Promise<Device>;
    /**
     * Signs a text; the signature is in base64url.
     *
     * @param {string} text
     */
    sign(text: string): Promise<string>;
}
export type Signed = {
    device: string;
    client: string;
    mode: string;
    role: string;
    /**
     * as sent, not as defaulted
     */
    scopes: readonly string[];
    /**
     * milliseconds since 1970
     */
    signedAt: number;
    /**
     * auth.token, or ""
     */
    token: string;
    /**
     * of the challenge; "" for version 1
     */
    nonce: string;
};
/**
 * What a device signs at the handshake.
 *
 * @typedef {object} Signed
 * @property {string} device
 * @property {string} client
 * @property {string} mode
 * @property {string} role
 * @property {readonly string[]} scopes as sent, not as defaulted
 * @property {number} signedAt milliseconds since 1970
 * @property {string} token auth.token, or ""
 * @property {string} nonce of the challenge; "" for version 1
 */
/**
 * The signed text: version 2 with a nonce, version 1 without.
 *
 * @param {Signed} s
 */
export declare function signedText(s: Signed): string;
export type DeviceToken = {
    token: string;
    /**
     * what it is good for
     */
    scopes?: readonly string[];
    savedAt: string;
};
export type TokenStore = {
    load: (deviceID: string, role: string) => Promise<DeviceToken | undefined>;
    save: (deviceID: string, role: string, token: DeviceToken) => Promise<void>;
    delete: (deviceID: string, role: string) => Promise<void>;
};
/**
 * A secret that a gateway gave to a device for a role.
 *
 * @typedef {object} DeviceToken
 * @property {string} token
 * @property {readonly string[]} [scopes] what it is good for
 * @property {string} savedAt
 */
/**
 * Keeps the tokens of devices, one for each device and role. A token belongs to
 * the gateway that gave it: use a store for each gateway.
 *
 * @typedef {object} TokenStore
 * @property {(deviceID: string, role: string) => Promise<DeviceToken | undefined>} load
 * @property {(deviceID: string, role: string, token: DeviceToken) => Promise<void>} save
 * @property {(deviceID: string, role: string) => Promise<void>} delete
 */
/**
 * Keeps tokens in a store, in the form of the Go client's token file.
 *
 * @param {Store} store
 * @param {string} [name]
 * @returns {TokenStore}
 */
export declare function storedTokens(store: Store, name?: string): TokenStore;
/**
 * A store in localStorage or sessionStorage.
 *
 * @param {{ getItem(key: string): string | null, setItem(key: string, value: string): void, removeItem(key: string): void }} storage
 * @param {string} [prefix] put before each name
 * @returns {Store}
 */
export declare function webStore(storage: {
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
}, prefix?: string): Store;
