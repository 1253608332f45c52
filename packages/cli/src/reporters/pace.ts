import type { Counts, SliceProgress } from '@strata/core'
import { formatCount, formatDuration, plural } from './format.ts'

/** How fast a job gets on: records, or slices, a second. */
export interface Pace {
  readonly perSecond: number
  /** Null: nobody knows how many there are. */
  readonly secondsLeft: number | null
}

/** The first second says nothing. */
const leastMilliseconds = 1000

/** Null where there is nothing to tell yet, or the step is none that receives records. */
export function paceOf(counts: Counts, expected: number | null, elapsed: number): Pace | null {
  const { fetched = 0 } = counts
  if (fetched === 0 || elapsed < leastMilliseconds) return null
  const perSecond = (fetched * 1000) / elapsed
  const left = expected === null ? null : Math.max(0, expected - fetched) / perSecond
  return { perSecond: rounded(perSecond), secondsLeft: left === null ? null : rounded(left) }
}

/** `2,100/s, 18.0s left` */
export function describePace({ perSecond, secondsLeft }: Pace): string {
  const rate = `${perSecond < 10 ? perSecond : formatCount(Math.round(perSecond))}/s`
  // At its end a walk reads what was expected, and a little more.
  return secondsLeft === null || secondsLeft < 1
    ? rate
    : `${rate}, ${formatDuration(secondsLeft * 1000)} left`
}

/** `1,234 of 5,000 slices, 210/s, 18.0s left` */
export function describeSlices({ done, of, ...pace }: SliceProgress): string {
  const count = `${formatCount(done)} of ${plural(of, 'slice')}`
  return pace.perSecond === 0 ? count : `${count}, ${describePace(pace)}`
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
