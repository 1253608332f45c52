/** What became of the records of a job, instance or walk. `fetched` is the sum of the others. */
export interface Tally {
  readonly fetched: number
  readonly inserted: number
  readonly changed: number
  /** Already there as they are, or superseded by a later record of the same key on the page. */
  readonly unchanged: number
  readonly quarantined: number
}

export const emptyTally: Tally = { fetched: 0, inserted: 0, changed: 0, unchanged: 0, quarantined: 0 }

export function addTallies(a: Tally, b: Tally): Tally {
  return {
    fetched: a.fetched + b.fetched,
    inserted: a.inserted + b.inserted,
    changed: a.changed + b.changed,
    unchanged: a.unchanged + b.unchanged,
    quarantined: a.quarantined + b.quarantined,
  }
}
