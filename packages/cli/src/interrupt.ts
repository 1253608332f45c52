/** Milliseconds: a terminal and the process that started this one both pass on one Ctrl-C. */
const sameSignalWithin = 500

export interface InterruptActions {
  /** Cancels what runs and lets the command write its results. */
  cancel(): void
  /** Ends the process at once. */
  stop(): void
  /** Milliseconds. */
  now(): number
}

/** What a signal to end leads to: the first cancels, a later one ends the process, an echo of the first does nothing. */
export function createInterrupt({ cancel, stop, now }: InterruptActions): () => void {
  let firstAt: number | null = null
  return () => {
    if (firstAt === null) {
      firstAt = now()
      cancel()
    } else if (now() - firstAt >= sameSignalWithin) stop()
  }
}
