/**
 * What waits for subscribers, bounded in bytes. One thing is delivered at a
 * time, in the order in which it came; a subscriber that returns a promise is
 * waited for. So a slow one never holds up the connection.
 *
 * @module
 */
export type Item = {
    /**
     * of its text
     */
    size: number;
    /**
     * a change of state, which is never left out
     */
    state?: boolean;
    deliver: () => Promise<void>;
};
/**
 * An event, or what else subscribers hear of.
 *
 * @typedef {object} Item
 * @property {number} size of its text
 * @property {boolean} [state] a change of state, which is never left out
 * @property {() => Promise<void>} deliver
 */
export declare class Inbox {
    #private;
    /** @param {number} limit in bytes */
    constructor(limit: number);
    /**
     * Queues an item. It gives false for an event for which there is no room; a
     * single one that is too large by itself finds room when nothing else waits.
     *
     * @param {Item} item
     */
    put(item: Item): boolean;
    /**
     * Takes the last item. With discard, events that still wait are left out.
     *
     * @param {Item} last
     * @param {boolean} discard
     */
    close(last: Item, discard: boolean): void;
}
