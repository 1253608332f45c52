import type { StepGraph } from './step-graph.ts'

/** What is left of a run, judging by what its steps are expected to take. */
export interface RemainingTime {
  start(step: number, at: number): void
  end(step: number): void
  /** Milliseconds: no less than the longest way to the end, and no less than the threads need for all of the work. */
  estimate(now: number): number
}

/** Costs a few operations a step, however many there are. */
export function remainingTime({ heights, durations }: StepGraph, threads: number): RemainingTime {
  const byHeight = heights.map((_, step) => step).sort((a, b) => heights[b]! - heights[a]!)
  const ended = new Uint8Array(heights.length)
  const running = new Map<number, number>()
  let work = durations.reduce((sum, duration) => sum + duration, 0)
  let first = 0

  return {
    start(step, at) {
      running.set(step, at)
    },
    end(step) {
      ended[step] = 1
      running.delete(step)
      work -= durations[step]!
    },
    estimate(now) {
      while (first < byHeight.length && ended[byHeight[first]!] === 1) first++
      const highest = byHeight[first]
      if (highest === undefined) return 0
      // A step that takes longer than expected is expected to end at any moment.
      const done = (step: number) => Math.min(durations[step]!, now - (running.get(step) ?? now))
      let spent = 0
      for (const step of running.keys()) spent += done(step)
      return Math.max(heights[highest]! - done(highest), (work - spent) / threads)
    },
  }
}
