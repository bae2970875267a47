/**
 * The identity by which a machine is known to gateways: an Ed25519 key, the id
 * that follows from it, and the text that it signs when it connects.
 *
 * @module
 */

/**
 * Where texts are kept, by name: a Map will do, localStorage through
 * {@link webStore}, and on Node a folder through fileStore of node.js. Whoever
 * reads it has the device's secrets.
 *
 * @typedef {object} Store
 * @property {(name: string) => string | null | undefined | Promise<string | null | undefined>} get
 * @property {(name: string, text: string) => unknown} set
 * @property {(name: string) => unknown} delete
 */

/**
 * What signs for a device. {@link Device} is one; a program that keeps its key
 * elsewhere brings its own.
 *
 * @typedef {object} Signer
 * @property {string} id lowercase hex SHA-256 of the public key
 * @property {string} publicKey the raw public key in base64url
 * @property {(text: string) => Promise<string>} sign gives the signature in base64url
 */

/**
 * A key of WebCrypto, as the declarations of browsers and of Node both have it.
 *
 * @typedef {Parameters<typeof globalThis.crypto.subtle.sign>[1]} Key
 */

/** @typedef {{ readonly privateKey: Key, readonly publicKey: Key }} KeyPair */

/** What PKCS #8 puts before the 32 bytes that an Ed25519 key follows from. */
const PKCS8 = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
const SEED_SIZE = 32;
const VERSION = 1;
const ALGORITHM = { name: "Ed25519" };

/** A device's key pair. */
export class Device {
  /** @type {Key} */
  #key;

  /**
   * @param {Key} key the private half; it need not be extractable
   * @param {string} publicKey
   * @param {string} id
   */
  constructor(key, publicKey, id) {
    this.#key = key;
    /** Lowercase hex SHA-256 of the public key. */
    this.id = id;
    /** The raw public key in base64url. */
    this.publicKey = publicKey;
  }

  /**
   * Makes an identity of a key pair of WebCrypto, whose private half need not
   * be extractable: such a pair can be kept in IndexedDB, where no script reads
   * the secret.
   *
   * @param {KeyPair} pair
   */
  static async fromKeys(pair) {
    const raw = new Uint8Array(await subtle().exportKey("raw", pair.publicKey));
    const digest = new Uint8Array(await subtle().digest("SHA-256", raw));
    const id = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return new Device(pair.privateKey, toBase64URL(raw), id);
  }

  /**
   * Makes the identity of a seed: the 32 bytes that its key follows from.
   *
   * @param {Uint8Array} seed
   */
  static async fromSeed(seed) {
    if (seed.length !== SEED_SIZE) {
      throw new RangeError(`seed of a device key has ${seed.length} bytes: expected ${SEED_SIZE}`);
    }
    const pkcs8 = Uint8Array.from([...PKCS8, ...seed]);
    const privateKey = await subtle().importKey("pkcs8", pkcs8, ALGORITHM, true, ["sign"]);
    const jwk = await subtle().exportKey("jwk", privateKey);
    const publicKey = await subtle().importKey("jwk", { kty: "OKP", crv: "Ed25519", x: jwk.x ?? "" }, ALGORITHM, true, ["verify"]);
    return Device.fromKeys({ privateKey, publicKey });
  }

  /**
   * Gives the identity that is kept in a store. Where there is none, it makes
   * one and keeps it. The form is that of the Go client's device file.
   *
   * @param {Store} store
   * @param {string} [name]
   */
  static async load(store, name = "device.json") {
    const text = await store.get(name);
    if (typeof text === "string") {
      return restore(text, name);
    }
    const seed = globalThis.crypto.getRandomValues(new Uint8Array(SEED_SIZE));
    const device = await Device.fromSeed(seed);
    const kept = { version: VERSION, deviceId: device.id, publicKey: device.publicKey, seed: toBase64URL(seed), createdAt: new Date().toISOString() };
    await store.set(name, JSON.stringify(kept, undefined, 2) + "\n");
    return device;
  }

  /**
   * Signs a text; the signature is in base64url.
   *
   * @param {string} text
   */
  async sign(text) {
    return toBase64URL(new Uint8Array(await subtle().sign(ALGORITHM, this.#key, new TextEncoder().encode(text))));
  }
}

/**
 * @param {string} text
 * @param {string} name
 */
async function restore(text, name) {
  /** @type {unknown} */
  const kept = JSON.parse(text);
  if (typeof kept !== "object" || kept === null || !("version" in kept) || kept.version !== VERSION || !("seed" in kept) || typeof kept.seed !== "string") {
    throw new Error(`${name} is no device identity of version ${VERSION}`);
  }
  const device = await Device.fromSeed(fromBase64URL(kept.seed));
  if (!("deviceId" in kept) || kept.deviceId !== device.id) {
    throw new Error(`${name}: deviceId does not belong to the key: expected ${device.id}`);
  }
  return device;
}

function subtle() {
  const found = /** @type {typeof globalThis.crypto.subtle | undefined} */ (globalThis.crypto.subtle);
  if (found === undefined) {
    throw new Error("no WebCrypto here: a device identity needs a secure context, https or localhost");
  }
  return found;
}

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
export function signedText(s) {
  const parts = [s.nonce === "" ? "v1" : "v2", s.device, s.client, s.mode, s.role, s.scopes.join(","), String(s.signedAt), s.token];
  return (s.nonce === "" ? parts : [...parts, s.nonce]).join("|");
}

/** @param {Uint8Array} bytes */
function toBase64URL(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** @param {string} text */
function fromBase64URL(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
}

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
export function storedTokens(store, name = "tokens.json") {
  /** @typedef {Record<string, Record<string, DeviceToken>>} Devices */

  const read = async () => {
    const text = await store.get(name);
    if (typeof text !== "string") {
      return /** @type {Devices} */ ({});
    }
    const kept = /** @type {{ version?: number, devices?: Devices } | null} */ (JSON.parse(text));
    if (kept?.version !== VERSION) {
      throw new Error(`${name} holds no device tokens of version ${VERSION}`);
    }
    return kept.devices ?? {};
  };
  /** @param {Devices} devices */
  const write = async (devices) => {
    await store.set(name, JSON.stringify({ version: VERSION, devices }, undefined, 2) + "\n");
  };
  return {
    async load(deviceID, role) {
      return (await read())[deviceID]?.[role];
    },
    async save(deviceID, role, token) {
      const devices = await read();
      if (devices[deviceID]?.[role]?.token !== token.token) {
        await write({ ...devices, [deviceID]: { ...devices[deviceID], [role]: token } });
      }
    },
    async delete(deviceID, role) {
      const devices = await read();
      const roles = devices[deviceID];
      if (roles?.[role] !== undefined) {
        delete roles[role];
        await write(devices);
      }
    },
  };
}

/**
 * A store in localStorage or sessionStorage.
 *
 * @param {{ getItem(key: string): string | null, setItem(key: string, value: string): void, removeItem(key: string): void }} storage
 * @param {string} [prefix] put before each name
 * @returns {Store}
 */
export function webStore(storage, prefix = "gatesmith:") {
  return {
    get: (name) => storage.getItem(prefix + name),
    set: (name, text) => storage.setItem(prefix + name, text),
    delete: (name) => storage.removeItem(prefix + name),
  };
}
