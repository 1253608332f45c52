export const DAY = 86_400_000

/** The simulated world is described from here on; its clock never stands before. */
export const EPOCH = Date.UTC(2024, 2, 1)

/** Whether a time (ms) is on a Saturday or Sunday in UTC. */
export function isOfWeekend(time: number): boolean {
  // The first of January 1970 was a Thursday.
  return ((Math.floor(time / DAY) + 4) % 7) % 6 === 0
}
