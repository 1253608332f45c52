/** Says what time it is, in microseconds of Unix time. */
export type Clock = () => bigint
