import { setTimeout as delay } from 'node:timers/promises'

export interface RequestBudgetOptions {
  /** Requests under way at once. */
  readonly concurrency: number
  /** Least milliseconds between two starts. */
  readonly intervalMs: number
}

/** What one instance allows us, shared by all jobs that call it. */
export interface RequestBudget {
  /** Runs `request` when its turn has come; turns are given in the order of asking. */
  run<T>(request: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** No request starts before this many milliseconds have passed. */
  pause(milliseconds: number): void
}

export function createRequestBudget({ concurrency, intervalMs }: RequestBudgetOptions): RequestBudget {
  let free = Math.max(1, concurrency)
  let nextStart = 0
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

  async function awaitStart(signal: AbortSignal): Promise<void> {
    for (;;) {
      const now = performance.now()
      if (now >= nextStart) {
        nextStart = now + intervalMs
        return
      }
      await delay(Math.ceil(nextStart - now), undefined, { signal })
    }
  }

  return {
    async run(request, signal) {
      await acquire()
      try {
        signal.throwIfAborted()
        await awaitStart(signal)
        return await request()
      } finally {
        release()
      }
    },
    pause(milliseconds) {
      nextStart = Math.max(nextStart, performance.now() + milliseconds)
    },
  }
}
