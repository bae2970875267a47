// Gives agree_test.go the identity that a folder keeps, and a signature of it.
import { Device } from "../lib/device.js";
import { fileStore } from "../lib/node.js";

const device = await Device.load(fileStore(process.argv[2]));
process.stdout.write(JSON.stringify({ id: device.id, publicKey: device.publicKey, signature: await device.sign(process.argv[3]) }));
