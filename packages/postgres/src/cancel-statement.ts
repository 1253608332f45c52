import { setTimeout as sleep } from 'node:timers/promises'
import { pg } from './pg.ts'

/** A statement that may be running. */
export interface RunningStatement {
  readonly processId: number
  isRunning(): boolean
  /** Settles when it does not run any more. */
  readonly ended: Promise<unknown>
}

const patienceMs = 10_000

/**
 * Cancels a statement on the server, from another connection, and again until it has ended: the first request may come
 * before the statement does. Returns false when that was not possible, for want of a connection.
 */
export async function cancelStatement(
  config: pg.ClientConfig,
  statement: RunningStatement,
): Promise<boolean> {
  const deadline = Date.now() + patienceMs
  while (statement.isRunning() && Date.now() < deadline) {
    const canceller = new pg.Client({ ...config, application_name: 'strata cancel' })
    canceller.on('error', () => {})
    try {
      await canceller.connect()
      while (statement.isRunning() && Date.now() < deadline) {
        await canceller.query('select pg_cancel_backend($1)', [statement.processId])
        await Promise.race([statement.ended, sleep(250, undefined, { ref: false })])
      }
    } catch {
      // All connections may be taken for the moment, or the server is gone and with it what was to be cancelled.
      await Promise.race([statement.ended, sleep(250, undefined, { ref: false })])
    } finally {
      await canceller.end().catch(() => {})
    }
  }
  return !statement.isRunning()
}
