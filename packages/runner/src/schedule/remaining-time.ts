import type { StepGraph } from './step-graph.ts'

/** What is left of a run, judging by what its steps are expected to take. */
export interface RemainingTime {
  start(step: number, at: number): void
  end(step: number): void
  /**
   * Milliseconds: no less than the longest way to the end, and no less than the threads need for all of the work, or the
   * places of jobs for theirs. Null while a step has not ended of which nobody knows how long it takes.
   */
  estimate(now: number): number | null
}

/** Jobs, which do not take places from the other steps. */
export interface JobPlaces {
  readonly width: number
  readonly isJob: (step: number) => boolean
}

/** Costs a few operations a step, however many there are. */
export function remainingTime(
  { heights, durations }: StepGraph,
  threads: number,
  { width, isJob }: JobPlaces = { width: 1, isJob: () => false },
  isKnown: (step: number) => boolean = () => true,
): RemainingTime {
  const byHeight = heights.map((_, step) => step).sort((a, b) => heights[b]! - heights[a]!)
  const ended = new Uint8Array(heights.length)
  const running = new Map<number, number>()
  const work = { jobs: 0, others: 0 }
  const laneOf = (step: number) => (isJob(step) ? 'jobs' : 'others')
  for (const [step, duration] of durations.entries()) work[laneOf(step)] += duration
  const unknown = new Set([...durations.keys()].filter((step) => !isKnown(step)))
  let first = 0

  return {
    start(step, at) {
      running.set(step, at)
    },
    end(step) {
      ended[step] = 1
      running.delete(step)
      unknown.delete(step)
      work[laneOf(step)] -= durations[step]!
    },
    estimate(now) {
      if (unknown.size > 0) return null
      while (first < byHeight.length && ended[byHeight[first]!] === 1) first++
      const highest = byHeight[first]
      if (highest === undefined) return 0
      // A step that takes longer than expected is expected to end at any moment.
      const done = (step: number) => Math.min(durations[step]!, now - (running.get(step) ?? now))
      const left = { ...work }
      for (const step of running.keys()) left[laneOf(step)] -= done(step)
      return Math.max(heights[highest]! - done(highest), left.others / threads, left.jobs / width)
    },
  }
}
