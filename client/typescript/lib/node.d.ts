/**
 * What only Node can do.
 *
 * @module
 */
/**
 * Keeps texts as files of a folder that only their owner can read. A file that
 * others can read is refused: what is in it is no secret any more.
 *
 * @param {string} folder
 * @returns {import("./device.js").Store}
 */
export declare function fileStore(folder: string): import("./device.js").Store;
