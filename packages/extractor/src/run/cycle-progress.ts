import type { Clock, SliceProgress } from '@strata/core'
import type { SliceCount } from './walk-slices.ts'

/** Adds up the slices of all instances of a job; the rate is that of this run. */
export interface CycleProgress {
  /** What `walkSlices` calls for one instance. */
  of(instanceId: number): (slices: SliceCount) => void
  /** Null: no instance has told of slices. */
  readonly current: SliceProgress | null
}

/** Milliseconds: a run over a million slices tells of them now and then. */
const tellEvery = 250

/** `tell` is called at the first slice, at the last, and in between at most four times a second. */
export function createCycleProgress(clock: Clock, tell: () => void): CycleProgress {
  const counts = new Map<number, SliceCount>()
  let startedAt: number | null = null
  /** Done by earlier runs. */
  let before = 0
  let toldAt = Number.NEGATIVE_INFINITY

  function sum(): SliceCount {
    const all = [...counts.values()]
    return {
      done: all.reduce((total, { done }) => total + done, 0),
      of: all.reduce((total, { of }) => total + of, 0),
    }
  }

  return {
    of: (instanceId) => (slices) => {
      const now = clock().getTime()
      startedAt ??= now
      if (!counts.has(instanceId)) before += slices.done
      counts.set(instanceId, slices)
      const { done, of } = sum()
      if (now - toldAt < tellEvery && done < of) return
      toldAt = now
      tell()
    },
    get current() {
      if (startedAt === null) return null
      const { done, of } = sum()
      const seconds = (clock().getTime() - startedAt) / 1000
      const perSecond = seconds > 0 ? (done - before) / seconds : 0
      const secondsLeft = perSecond > 0 ? rounded((of - done) / perSecond) : null
      return { done, of, perSecond: rounded(perSecond), secondsLeft }
    },
  }
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
