/** The time that templates are told: that of the start of the run, and at each call a microsecond more. */
export interface RenderClock {
  /** Microseconds of Unix time. */
  now(): bigint
  /** Work that is told the same times in each compile, whatever else is rendered before it. */
  rendering<T>(work: () => T): T
  /** For what is rendered again after each answer of the database: the same times each time, and nobody else is told them. */
  repeating(): <T>(work: () => T) => T
}

/** Names that are made of the time differ from each other, and no compile tells another time than the one before it. */
export function createRenderClock(start: Date): RenderClock {
  const origin = BigInt(start.getTime()) * 1000n
  let next = 0
  let taken = callsOfOneRender
  let isInside = false
  const from = <T>(first: number, work: () => T): T => {
    // What is rendered within a render goes on with its time.
    if (isInside) return work()
    next = first
    isInside = true
    try {
      return work()
    } finally {
      isInside = false
    }
  }
  return {
    now: () => origin + BigInt(next++),
    rendering: (work) => from(0, work),
    repeating() {
      const first = taken
      taken += callsOfOneRender
      return (work) => from(first, work)
    },
  }
}

const callsOfOneRender = 1000
