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

/** Over a whole step; null where there is nothing to tell yet, or the step is none that receives records. */
export function paceOf(counts: Counts, expected: number | null, elapsed: number): Pace | null {
  const { fetched = 0 } = counts
  return fetched === 0 ? null : rateOf(fetched, elapsed, expected === null ? null : expected - fetched)
}

/** `got` records in so many milliseconds, and so many to come. Null: it is too early to tell. */
export function rateOf(got: number, elapsed: number, toCome: number | null): Pace | null {
  if (elapsed < leastMilliseconds) return null
  const perSecond = (got * 1000) / elapsed
  const left = toCome === null || got === 0 ? null : Math.max(0, toCome) / perSecond
  return { perSecond: rounded(perSecond), secondsLeft: left === null ? null : rounded(left) }
}

/** `2,100/s, 18.0s left`, and where there is little room `18.0s left` */
export function paceForms({ perSecond, secondsLeft }: Pace): readonly [string, ...string[]] {
  const rate = `${perSecond < 10 ? perSecond : formatCount(Math.round(perSecond))}/s`
  // At its end a walk reads what was expected, and a little more.
  if (secondsLeft === null || secondsLeft < 1) return [rate]
  const left = `${formatDuration(secondsLeft * 1000)} left`
  return [`${rate}, ${left}`, left]
}

export function describePace(pace: Pace): string {
  return paceForms(pace)[0]
}

/** `1,234 of 5,000 slices, 210/s, 18.0s left`, `1,234 of 5,000 slices, 18.0s left`, `1,234/5,000, 18.0s left` */
export function sliceForms({ done, of, ...pace }: SliceProgress): readonly [string, ...string[]] {
  const count = `${formatCount(done)} of ${plural(of, 'slice')}`
  const short = `${formatCount(done)}/${formatCount(of)}`
  if (pace.perSecond === 0) return [count, short]
  const forms = paceForms(pace)
  const shortest = forms.at(-1)!
  return [`${count}, ${forms[0]}`, `${count}, ${shortest}`, `${short}, ${shortest}`]
}

export function describeSlices(progress: SliceProgress): string {
  return sliceForms(progress)[0]
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
