/** Bytes of a key. An entry of an index holds 2,704 with all that belongs to it, and what compresses well is not to land by luck. */
export const longestKey = 2600
