/** Requests of one job to one instance, or of all of them; counted up while the client is used. */
export interface RequestCounts {
  /** All that were sent, with those for tokens and after redirects. */
  readonly total: number
  /** By HTTP status; `none` where there was no answer. */
  readonly byStatus: { readonly [status: string]: number }
  /** Milliseconds that requests spent waiting for their turn, for `Retry-After`, and before further tries. */
  readonly waitedMs: number
}

export interface RequestCounter {
  readonly counts: RequestCounts
  answered(status: number | 'none'): void
  waited(milliseconds: number): void
}

/** Counts for itself and for the counter that it belongs to. */
export function createRequestCounter(whole: RequestCounter | null = null): RequestCounter {
  const counts = { total: 0, byStatus: {} as { [status: string]: number }, waitedMs: 0 }
  return {
    counts,
    answered(status) {
      counts.total += 1
      counts.byStatus[status] = (counts.byStatus[status] ?? 0) + 1
      whole?.answered(status)
    },
    waited(milliseconds) {
      counts.waitedMs += milliseconds
      whole?.waited(milliseconds)
    },
  }
}
