import type { Conduct } from './conduct.ts'
import type { Step, StepKind, Steps } from './steps.ts'

/** Records of which so many are written at each step of a subject, in the order of the steps. */
export interface StepRows {
  /** By a time (ms). */
  count(now: number): number
  /** The step at which a record is written that is there by a time (ms), and its place among those of the step. */
  locate(index: number, now: number): { readonly step: Step; readonly place: number }
  /** Index of the first record of a step. */
  firstOf(step: number): number
}

/** Holds where the records of each step begin: four bytes a step. */
export function createStepRows(steps: Steps, rowsAt: (kind: StepKind, conduct: Conduct) => number): StepRows {
  /** Before each step, and in the end. */
  let sums = new Uint32Array(1)
  let filled = 0
  let last = 0

  const fill = (count: number): void => {
    if (count <= filled) return
    if (count >= sums.length) {
      const larger = new Uint32Array(Math.ceil(count * 1.1) + 1)
      larger.set(sums)
      sums = larger
    }
    for (; filled < count; filled += 1) {
      const { kind, conduct } = steps.outline(filled)
      sums[filled + 1] = sums[filled]! + rowsAt(kind, conduct)
    }
  }
  /** The last step whose records begin at the index or before, and that has any. */
  const stepOf = (index: number): number => {
    if (sums[last]! <= index && index < sums[last + 1]!) return last
    let [low, high] = [0, filled]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sums[middle + 1]! <= index) low = middle + 1
      else high = middle
    }
    last = low
    return low
  }

  return {
    count(now) {
      const count = steps.count(now)
      fill(count)
      return sums[count]!
    },
    locate(index, now) {
      if (index >= sums[filled]!) fill(steps.count(now))
      const number = stepOf(index)
      return { step: steps.step(number), place: index - sums[number]! }
    },
    firstOf(step) {
      fill(step + 1)
      return sums[step]!
    },
  }
}
