export interface RequestBudgetOptions {
  /** Requests under way at once. */
  readonly concurrency: number
  /** Least milliseconds between two starts. */
  readonly intervalMs: number
  /** At most so many starts in any such time; null: as many as there are. */
  readonly window: { readonly requests: number; readonly perMs: number } | null
}

/** What one instance allows us, shared by all jobs that call it. Instants are those of `performance.now()`. */
export interface RequestBudget {
  /**
   * Runs `request` when its turn has come. Callers take turns, so that one who asks for much ahead keeps nobody waiting;
   * the requests of one caller start in the order of asking.
   */
  run<T>(caller: string, request: (startedAt: number) => Promise<T>, signal: AbortSignal): Promise<T>
  /** Waits until one more request may start in a place that is held already: after a redirect, for a token. */
  again(signal: AbortSignal): Promise<void>
  /** No request starts before this many milliseconds have passed. */
  pause(milliseconds: number): void
  /** A request that started then was too much: half as many at once, unless that has been heeded since. */
  slowDown(startedAt: number): void
  /** A request was answered well: after some of them, one more at once. */
  speedUp(): void
  /** Requests under way at once that are allowed now. */
  readonly limit: number
  /** Fails all that wait. */
  refuse(error: Error): void
}

const successesForOneMore = 10

interface Waiting {
  grant(): void
  reject(error: unknown): void
}

export function createRequestBudget({
  concurrency,
  intervalMs,
  window,
}: RequestBudgetOptions): RequestBudget {
  const most = Math.max(1, concurrency)
  const holders: Waiting[] = []
  /** Whose turn it is stands first. */
  const callers = new Map<string, Waiting[]>()
  const starts = recentStarts(window)
  let limit = most
  let running = 0
  let earliest = 0
  let lastCut = 0
  let successes = 0
  let timer: NodeJS.Timeout | undefined

  function grantAll(): void {
    for (;;) {
      if (holders.length === 0 && (callers.size === 0 || running >= limit)) return
      const now = performance.now()
      const start = Math.max(earliest, starts.earliestNext())
      if (start > now) {
        clearTimeout(timer)
        timer = setTimeout(grantAll, Math.ceil(start - now))
        return
      }
      earliest = now + intervalMs
      starts.add(now)
      const holder = holders.shift()
      if (holder === undefined) running += 1
      ;(holder ?? nextInTurn()).grant()
    }
  }

  function nextInTurn(): Waiting {
    const [caller, line] = callers.entries().next().value!
    const first = line.shift()!
    callers.delete(caller)
    if (line.length > 0) callers.set(caller, line)
    return first
  }

  function wait(line: Waiting[], signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        line.splice(line.indexOf(entry), 1)
        for (const [caller, known] of callers) if (known.length === 0) callers.delete(caller)
        if (holders.length === 0 && callers.size === 0) clearTimeout(timer)
        reject(signal.reason)
      }
      const entry: Waiting = {
        grant() {
          signal.removeEventListener('abort', leave)
          resolve()
        },
        reject(error) {
          signal.removeEventListener('abort', leave)
          reject(error)
        },
      }
      signal.addEventListener('abort', leave)
      line.push(entry)
      grantAll()
    })
  }

  return {
    async run(caller, request, signal) {
      signal.throwIfAborted()
      const line = callers.get(caller) ?? []
      callers.set(caller, line)
      await wait(line, signal)
      try {
        signal.throwIfAborted()
        return await request(performance.now())
      } finally {
        running -= 1
        grantAll()
      }
    },
    async again(signal) {
      signal.throwIfAborted()
      await wait(holders, signal)
    },
    pause(milliseconds) {
      earliest = Math.max(earliest, performance.now() + milliseconds)
    },
    slowDown(startedAt) {
      successes = 0
      if (startedAt < lastCut) return
      lastCut = performance.now()
      limit = Math.max(1, Math.floor(limit / 2))
    },
    speedUp() {
      if (limit === most) return
      successes += 1
      if (successes < successesForOneMore) return
      successes = 0
      limit += 1
      grantAll()
    },
    get limit() {
      return limit
    },
    refuse(error) {
      const all = [...holders.splice(0), ...[...callers.values()].flatMap((line) => line.splice(0))]
      callers.clear()
      clearTimeout(timer)
      for (const waiting of all) waiting.reject(error)
    },
  }
}

/** The starts of the last requests, as many as the window holds. */
function recentStarts(window: RequestBudgetOptions['window']) {
  const starts: number[] = []
  let oldest = 0
  return {
    earliestNext(): number {
      const start = starts[oldest]
      return window === null || start === undefined || starts.length < window.requests
        ? 0
        : start + window.perMs
    },
    add(now: number): void {
      if (window === null) return
      starts[oldest] = now
      oldest = (oldest + 1) % window.requests
    },
  }
}
