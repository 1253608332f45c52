import type { Counts } from '@strata/core'
import { type Pace, rateOf } from './pace.ts'

/** How fast a job gets on now: at first it waits for its turn, which says nothing of what is to come. */
export interface PaceMeter {
  take(counts: Counts): void
  /** Null where there is nothing to tell yet, or the step is none that receives records. */
  pace(expected: number | null): Pace | null
}

/** Milliseconds that are looked back, and between two looks that are kept. */
const lookedBack = 20_000
const apart = 500

export function createPaceMeter(now: () => number): PaceMeter {
  const looks = [{ at: now(), fetched: 0 }]
  const forget = () => {
    while (looks.length > 1 && looks[1]!.at <= now() - lookedBack) looks.shift()
  }
  let fetched = 0
  return {
    take(counts) {
      fetched = counts.fetched ?? 0
      forget()
      if (now() - looks.at(-1)!.at >= apart) looks.push({ at: now(), fetched })
    },
    pace(expected) {
      if (fetched === 0) return null
      forget()
      const [first] = looks as [(typeof looks)[number]]
      return rateOf(fetched - first.fetched, now() - first.at, expected === null ? null : expected - fetched)
    },
  }
}
