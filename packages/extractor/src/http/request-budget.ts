import { setTimeout as delay } from 'node:timers/promises'
import { createSlots } from '../slots.ts'

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
  const slots = createSlots(concurrency)
  let nextStart = 0

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
    run: (request, signal) =>
      slots.run(async () => {
        signal.throwIfAborted()
        await awaitStart(signal)
        return await request()
      }),
    pause(milliseconds) {
      nextStart = Math.max(nextStart, performance.now() + milliseconds)
    },
  }
}
