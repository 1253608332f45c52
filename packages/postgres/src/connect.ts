import {
  type Database,
  DatabaseError,
  quoteLiteral,
  type Session,
  type SessionOptions,
  type Statement,
} from '@strata/core'
import { refuseOldServer } from './connect-error.ts'
import { type ConnectOptions, cutName, readConnectionConfig } from './connection-config.ts'
import { openPool } from './connection-pool.ts'
import { type Lease, lease, throwIfAborted } from './lease.ts'

export type { ConnectOptions } from './connection-config.ts'

/**
 * Opens a pool on a server of version 15 or later. Throws `ConfigurationError` (`DATABASE_UNREACHABLE`, `SERVER_TOO_OLD`,
 * `BAD_DATABASE_URL`) or `DatabaseError` (`LOGIN_REFUSED`, `NO_SUCH_DATABASE`).
 */
export async function connect(options: ConnectOptions): Promise<Database> {
  const config = readConnectionConfig(options)
  const pool = openPool(config, options.maxConnections ?? 10, options.url)
  const leases = new Set<Lease>()
  let closing: Promise<void> | null = null

  const use = async <T>(
    work: (held: Lease) => Promise<T>,
    sessionOptions: SessionOptions = {},
    leavesTraces: (result: T) => boolean = () => true,
    isNamed = true,
  ): Promise<T> => {
    const { signal, applicationName } = sessionOptions
    if (closing !== null) throw new Error('the database has been closed')
    throwIfAborted(signal)
    const client = await pool.checkOut(isNamed ? applicationName : undefined, signal)
    const held = lease(client, config.client, signal, pool.pooledSettings(applicationName))
    leases.add(held)
    let asNew = true
    try {
      throwIfAborted(signal)
      const result = await work(held)
      asNew = leavesTraces(result)
      return result
    } finally {
      await held.end()
      leases.delete(held)
      pool.giveBack(client, asNew)
    }
  }

  /** The name goes with the begin, and for the transaction alone: a round trip less. A pooler's connection has it already. */
  const beginning = ({ applicationName }: SessionOptions = {}): string => {
    if (applicationName === undefined || pool.pooledSettings(applicationName) !== null) return begin
    return `${begin}; set local application_name to ${quoteLiteral(cutName(applicationName))}`
  }

  const database: Database = {
    query: <Row>(statement: Statement | string) =>
      use(
        (held) => held.session.query<Row>(statement),
        {},
        (result) => !harmless.has(result.command),
      ),
    session: (work, sessionOptions) => use((held) => work(held.session), sessionOptions),
    transaction: (work, transactionOptions) =>
      use(
        (held) => transact(held, work, beginning(transactionOptions), transactionOptions?.signal),
        transactionOptions,
        () => transactionOptions?.executesOnlyOurs !== true,
        false,
      ),
    async cancel() {
      for (const held of leases) held.cancel()
    },
    close() {
      closing ??= pool.close()
      return closing
    },
  }
  try {
    await refuseOldServer(database)
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}

/** Single statements after which a connection is as it was before: the many small ones need no round trip more. */
const harmless: ReadonlySet<string> = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE'])

const begin = 'begin isolation level read committed'

const commit: Statement = { text: 'commit', script: true }

/** It begins with its first statement: there is nothing to be undone, nor to be committed, before it. */
async function transact<T>(
  held: Lease,
  work: (transaction: Session) => Promise<T>,
  beginning: string,
  signal?: AbortSignal,
): Promise<T> {
  held.begin(beginning)
  try {
    const result = await work(held.session)
    throwIfAborted(signal)
    if (!held.hasBegun()) return result
    const { command } = await held.run(commit)
    if (command === 'ROLLBACK') throw rolledBack()
    return result
  } catch (error) {
    // Where this fails the connection is lost, and the server rolls back by itself.
    await held.run('rollback').catch(() => {})
    throw error
  }
}

/** The server answers COMMIT with ROLLBACK, and no error, when an error of a statement was swallowed. */
function rolledBack(): DatabaseError {
  return new DatabaseError({
    code: 'TRANSACTION_ABORTED',
    message: 'the transaction was rolled back at its end, for one of its statements had failed',
    hint: 'The first error says why.',
  })
}
