import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseError, StrataError } from '@strata/core'

const tries = 3

export interface TryAgainOptions {
  readonly signal: AbortSignal
  /** Called before each new try, with what went wrong. */
  readonly onRetry: (error: StrataError) => void
  /** Whether a lost connection took its answer with it: what the work should have left behind is there. */
  readonly wasDone: () => Promise<boolean>
}

/**
 * Does work again, three times at most, that failed by no fault of its own: a deadlock, a serialization failure, a lost
 * connection. Resolves with null when the connection was lost after the work had been done. Anything else is thrown at once.
 */
export async function tryAgain<T>(work: () => Promise<T>, options: TryAgainOptions): Promise<T | null> {
  let lost = false
  for (let tried = 1; ; tried++) {
    try {
      if (lost && (await options.wasDone())) return null
      return await work()
    } catch (error) {
      const kind = kindOf(error)
      lost ||= kind === 'lost'
      const passing = kind !== null || (lost && isUnreachable(error))
      if (!passing || tried >= tries || options.signal.aborted) throw error
      options.onRetry(error as StrataError)
      // Two that met must not meet again.
      await pause(tried * (100 + Math.random() * 400), options.signal, error)
    }
  }
}

/** deadlock_detected, serialization_failure */
const contention = new Set(['40P01', '40001'])
/** connection_exception and its like, admin_shutdown, crash_shutdown */
const lostConnection = /^(08...|57P01|57P02)$/

function kindOf(error: unknown): 'contention' | 'lost' | null {
  if (!(error instanceof DatabaseError)) return null
  const { sqlstate, code } = error
  if (sqlstate === undefined) return code === 'CONNECTION_LOST' ? 'lost' : null
  if (contention.has(sqlstate)) return 'contention'
  return lostConnection.test(sqlstate) ? 'lost' : null
}

/** Whether work that failed so may go well when it is begun again. */
export function isPassing(error: unknown): boolean {
  return kindOf(error) !== null || isUnreachable(error)
}

/** After a lost connection the server may be starting again. */
function isUnreachable(error: unknown): boolean {
  return (
    (error instanceof StrataError && error.code === 'DATABASE_UNREACHABLE') ||
    (error instanceof DatabaseError && error.sqlstate === '57P03')
  )
}

async function pause(milliseconds: number, signal: AbortSignal, error: unknown): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal })
  } catch {
    throw new StrataError({ code: 'CANCELLED', message: 'cancelled', cause: error })
  }
}
