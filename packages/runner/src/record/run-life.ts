import { setTimeout as delay } from 'node:timers/promises'
import { type Database, leavingTheDisk, type Session } from '@strata/core'
import { sessionName } from '../publish/session-name.ts'

/** How a run shows that it is alive, until it ends. */
export interface RunLife {
  /** Gives the sign up, in the background. */
  end(): void
}

const beatMs = 5_000

/** The text whose hash is the advisory lock of a run. */
export const runLockPrefix = 'strata:run:'

/**
 * Holds an advisory lock on a connection of its own for as long as the run lives, and notes the time every few seconds. The
 * server lets go of the lock at once when the process is gone. Behind a transaction pooler there is no lock: there the notes alone
 * count. Works in the background and never fails the run: a connection that is lost is made anew at the next beat.
 */
export function startLife(database: Database, runId: string): RunLife {
  const ending = new AbortController()
  void live(database, runId, ending.signal)
  return { end: () => ending.abort() }
}

async function live(database: Database, runId: string, ending: AbortSignal): Promise<void> {
  while (!ending.aborted) {
    try {
      await database.session((session) => holdLock(session, runId, ending), {
        applicationName: sessionName(runId, 'sign of life'),
      })
    } catch {
      await rest(ending)
    }
  }
}

async function holdLock(session: Session, runId: string, ending: AbortSignal): Promise<void> {
  // A pooler gives its clients process ids of its own making, and would keep the lock for those who come after.
  const { rows } = await session.query<{ locked: boolean }>({
    text: `select case when pg_backend_pid() = $2 then pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0)) else false end as locked`,
    values: [`${runLockPrefix}${runId}`, session.processId],
  })
  const holdsLock = rows[0]!.locked
  do {
    await session.query({
      text: `update strata.runs set heartbeat_at = clock_timestamp(), holds_lock = $2, status = 'running', finished_at = null
where run_id = $1 and status in ('running', 'crashed') and ${leavingTheDisk} is not null`,
      values: [runId, holdsLock],
    })
    await rest(ending)
  } while (!ending.aborted)
}

async function rest(ending: AbortSignal): Promise<void> {
  try {
    await delay(beatMs, undefined, { signal: ending, ref: false })
  } catch {
    // The run has ended.
  }
}
