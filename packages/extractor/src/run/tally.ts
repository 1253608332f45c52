/** What became of the records of a job, instance or walk. `fetched` is the sum of the five behind it. */
export interface Tally {
  readonly fetched: number
  readonly inserted: number
  readonly changed: number
  /** Already there as they are, or superseded by a later record of the same key on the page. */
  readonly unchanged: number
  readonly quarantined: number
  /** Records that could not be read, and were passed over: each is a dead letter. */
  readonly unreadable: number
  /** Bronze rows that the source no longer has, and that are marked so. */
  readonly deleted: number
  /** Records that a walk over everything found new or changed though increments should have brought them. */
  readonly missed: number
  /** Cursor values that are impossible, and that are missing. */
  readonly rejectedCursors: number
  readonly missingCursors: number
}

export const emptyTally: Tally = {
  fetched: 0,
  inserted: 0,
  changed: 0,
  unchanged: 0,
  quarantined: 0,
  unreadable: 0,
  deleted: 0,
  missed: 0,
  rejectedCursors: 0,
  missingCursors: 0,
}

export function addTallies(a: Tally, b: Partial<Tally>): Tally {
  const names = Object.keys(emptyTally) as (keyof Tally)[]
  return Object.fromEntries(names.map((name) => [name, a[name] + (b[name] ?? 0)])) as unknown as Tally
}
