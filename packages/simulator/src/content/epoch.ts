export const DAY = 86_400_000

/** The simulated world is described from here on; its clock never stands before. */
export const EPOCH = Date.UTC(2024, 2, 1)
