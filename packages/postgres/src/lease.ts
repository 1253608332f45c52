import { DatabaseError, type Session, type Statement } from '@strata/core'
import type pg from 'pg'
import { cancelStatement } from './cancel-statement.ts'
import { runStatement, type StatementResult } from './run-statement.ts'

/** The time for which somebody holds a connection of the pool. */
export interface Lease {
  /** For the holder; throws a bare error once the lease has ended. */
  readonly session: LeasedSession
  /** Runs a statement of our own, which an aborted signal does not keep from starting. */
  run(sql: string): Promise<StatementResult<unknown>>
  /** Cancels the statement that runs now. */
  cancel(): void
  /** Waits for statements that nobody waited for, and for cancellations under way, which must not hit the next holder. */
  end(): Promise<void>
}

export interface LeasedSession extends Session {
  query<Row = Record<string, unknown>>(statement: Statement | string): Promise<StatementResult<Row>>
}

/** Gives a checked-out connection to one holder. When `signal` fires, what runs is cancelled and nothing new starts. */
export function lease(client: pg.PoolClient, config: pg.ClientConfig, signal?: AbortSignal): Lease {
  const { processID: processId, connection } = client as unknown as Internals
  let ended = false
  let running: Promise<unknown> | null = null
  let last: Promise<unknown> = Promise.resolve()
  let cancelling: Promise<unknown> = Promise.resolve()

  const perform = async <Row>(statement: Statement | string): Promise<StatementResult<Row>> => {
    const result = runStatement<Row>(client, statement)
    running = result.catch(() => {})
    try {
      return await result
    } catch (error) {
      const lost = error instanceof DatabaseError && error.code === 'CONNECTION_LOST'
      throw lost && signal?.aborted ? cancelled(error) : error
    } finally {
      running = null
    }
  }
  // One after the other, whatever the holder waits for: the queue of `pg` is deprecated.
  const enqueue = <Row>(
    statement: Statement | string,
    mayStart: () => void,
  ): Promise<StatementResult<Row>> => {
    const before = last
    const result = (async () => {
      await before
      await cancelling
      mayStart()
      return perform<Row>(statement)
    })()
    last = result.catch(() => {})
    return result
  }
  const cancel = (): void => {
    const statement = running
    if (statement === null) return
    const request = cancelStatement(config, {
      processId,
      isRunning: () => running === statement,
      ended: statement,
    })
    // No answer to any request: without its connection the server ends the statement by itself, or is gone.
    cancelling = Promise.all([cancelling, request.then((done) => done || connection.stream.destroy())])
  }
  signal?.addEventListener('abort', cancel, { once: true })
  return {
    session: {
      processId,
      query: <Row>(statement: Statement | string) =>
        enqueue<Row>(statement, () => {
          if (ended) throw new Error('the session has ended: its connection may be somebody else’s by now')
          throwIfAborted(signal)
        }),
    },
    run: (sql) => enqueue(sql, () => {}),
    cancel,
    async end() {
      ended = true
      signal?.removeEventListener('abort', cancel)
      await last
      await cancelling
    },
  }
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled()
}

export function cancelled(cause?: unknown): DatabaseError {
  return new DatabaseError({ code: 'CANCELLED', message: 'cancelled', cause })
}

/** What `pg` does not declare. */
interface Internals {
  readonly processID: number
  readonly connection: { readonly stream: { destroy(): void } }
}
