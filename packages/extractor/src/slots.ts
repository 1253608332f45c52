/** Lets at most so many pieces of work run at once, in the order of asking. */
export interface Slots {
  run<T>(work: () => Promise<T>): Promise<T>
  /** For work that runs, while it waits for something else: its place is another's until then. */
  aside<T>(wait: () => Promise<T>): Promise<T>
}

export function createSlots(count: number): Slots {
  let free = Math.max(1, count)
  const waiting: (() => void)[] = []

  async function acquire(): Promise<void> {
    if (free > 0) {
      free -= 1
      return
    }
    // The one who releases hands the place over, so that nobody can slip in between.
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  function release(): void {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }

  return {
    async run(work) {
      await acquire()
      try {
        return await work()
      } finally {
        release()
      }
    },
    async aside(wait) {
      release()
      try {
        return await wait()
      } finally {
        await acquire()
      }
    },
  }
}
