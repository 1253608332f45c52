import { DatabaseError, type Session, type Statement } from '@strata/core'
import type pg from 'pg'
import { cancelStatement } from './cancel-statement.ts'
import { cancelThroughPooler } from './cancel-through-pooler.ts'
import { copyIn, copyInThroughPooler } from './copy-in.ts'
import { runStatement, type StatementResult } from './run-statement.ts'
import { throughPooler } from './through-pooler.ts'

/** The time for which somebody holds a connection of the pool. */
export interface Lease {
  /** For the holder; throws a bare error once the lease has ended. */
  readonly session: LeasedSession
  /** The next statement of the holder begins a transaction. `begin`: statements for it, with what is set in it alone. */
  begin(begin: string): void
  /** Whether there has been such a statement. Throws what it threw. */
  hasBegun(): boolean
  /** Runs a statement of our own, which an aborted signal does not keep from starting. */
  run(statement: Statement | string): Promise<StatementResult<unknown>>
  /** Cancels the statement that runs now. */
  cancel(): void
  /** Waits for statements that nobody waited for, and for cancellations under way, which must not hit the next holder. */
  end(): Promise<void>
}

export interface LeasedSession extends Session {
  query<Row = Record<string, unknown>>(statement: Statement | string): Promise<StatementResult<Row>>
}

/**
 * Gives a checked-out connection to one holder. When `signal` fires, what runs is cancelled and nothing new starts.
 * `pooledSettings`: see `ConnectionPool`.
 */
export function lease(
  client: pg.PoolClient,
  config: pg.ClientConfig,
  signal: AbortSignal | undefined,
  pooledSettings: string | null,
): Lease {
  const { processID: processId, connection } = client as unknown as Internals
  let ended = false
  let running: Promise<unknown> | null = null
  let last: Promise<unknown> = Promise.resolve()
  let cancelling: Promise<unknown> = Promise.resolve()
  let stop = new AbortController()
  let beginning: string | null = null
  let notBegun: unknown = null

  const run = <Row>(statement: Statement | string): Promise<StatementResult<Row>> =>
    pooledSettings === null
      ? runStatement<Row>(client, statement)
      : throughPooler<Row>(client, statement, pooledSettings)
  const copy = (statement: string, chunks: AsyncIterable<string | Uint8Array>): Promise<number> => {
    stop = new AbortController()
    const start = () => copyIn(client, statement, chunks, stop.signal)
    return pooledSettings === null ? start() : copyInThroughPooler(client, pooledSettings, start)
  }
  const perform = async <T>(begin: () => Promise<T>): Promise<T> => {
    const result = begin()
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
  const enqueue = <T>(begin: () => Promise<T>, mayStart: () => void): Promise<T> => {
    const before = last
    const result = (async () => {
      await before
      await cancelling
      mayStart()
      return perform(begin)
    })()
    last = result.catch(() => {})
    return result
  }
  const cancel = (): void => {
    const statement = running
    if (statement === null) return
    stop.abort()
    const about = { processId, isRunning: () => running === statement, ended: statement }
    const request =
      pooledSettings === null ? cancelStatement(config, about) : cancelThroughPooler(config, client, about)
    // No answer to any request: without its connection the server ends the statement by itself, or is gone.
    cancelling = Promise.all([cancelling, request.then((done) => done || connection.stream.destroy())])
  }
  const isHeld = (): void => {
    if (ended) throw new Error('the session has ended: its connection may be somebody else’s by now')
    throwIfAborted(signal)
    if (notBegun !== null) throw notBegun
  }
  /** What comes after one that failed would stand outside of the transaction. */
  const orNotBegun = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      notBegun = error
      throw error
    }
  }
  const beginNow = (): void => {
    if (beginning === null) return
    const statement = { text: beginning, script: true }
    beginning = null
    enqueue(() => orNotBegun(() => run(statement)), isHeld).catch(() => {})
  }
  const query = <Row>(statement: Statement | string): Promise<StatementResult<Row>> => {
    const begins = beginning
    if (begins === null || pooledSettings !== null || typeof statement === 'string' || !statement.script) {
      beginNow()
      return enqueue(() => run<Row>(statement), isHeld)
    }
    beginning = null
    return enqueue(() => orNotBegun(() => runStatement<Row>(client, statement, `${begins}; `)), isHeld)
  }
  signal?.addEventListener('abort', cancel, { once: true })
  return {
    session: {
      processId,
      query,
      copyIn(statement, chunks) {
        beginNow()
        return enqueue(() => copy(statement, chunks), isHeld)
      },
    },
    begin(begin) {
      beginning = begin
    },
    hasBegun() {
      if (notBegun !== null) throw notBegun
      return beginning === null
    },
    run: (statement) =>
      enqueue(
        () => run(statement),
        () => {},
      ),
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
