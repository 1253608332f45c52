import {
  ConfigurationError,
  type Database,
  DatabaseError,
  type QueryResult,
  registerSecret,
  type Session,
  type SessionOptions,
  type Statement,
} from '@strata/core'
import pg from 'pg'
import { describeServer } from './describe-server.ts'
import { translateError } from './translate-error.ts'
import { valueParsers } from './value-parsers.ts'

export interface ConnectOptions {
  /** `postgresql://user:password@host:port/database`; `?host=/folder` for a Unix socket. */
  readonly url: string
  /** Shown in pg_stat_activity; cut to 63 bytes. */
  readonly applicationName: string
  /** Default 10. */
  readonly maxConnections?: number
  /** Seconds to wait for a connection. Default 10. */
  readonly connectTimeoutSeconds?: number
}

const oldestServer = 150_000

/**
 * Opens a pool on a server of version 15 or later. Throws `ConfigurationError` (`DATABASE_UNREACHABLE`, `SERVER_TOO_OLD`,
 * `BAD_DATABASE_URL`) or `DatabaseError` (`LOGIN_REFUSED`, `NO_SUCH_DATABASE`).
 */
export async function connect(options: ConnectOptions): Promise<Database> {
  const config = configOf(options)
  const active = new Set<ClientState>()
  const states = new WeakMap<pg.ClientBase, ClientState>()
  const pool = new pg.Pool({
    ...config,
    onConnect: async (client: pg.ClientBase) => {
      client.on('error', () => {})
      const processId = (client as unknown as { processID: number }).processID
      states.set(client, { processId, applicationName: cut(options.applicationName) })
      await client.query(sessionSettings)
    },
  } as pg.PoolConfig)
  let closing: Promise<void> | null = null

  // An idle connection whose server goes away must not end the process; the next query reports it.
  pool.on('error', () => {})

  const acquire = async (): Promise<pg.PoolClient> => {
    try {
      return await pool.connect()
    } catch (error) {
      throw connectError(error, options)
    }
  }
  const use = async <T>(
    work: (client: pg.PoolClient, session: Session) => Promise<T>,
    sessionOptions?: SessionOptions,
  ): Promise<T> => {
    const { signal } = sessionOptions ?? {}
    throwIfAborted(signal)
    const client = await acquire()
    const state = states.get(client)!
    active.add(state)
    const onAbort = () => void cancelBackends([state.processId])
    signal?.addEventListener('abort', onAbort, { once: true })
    let broken: Error | undefined
    try {
      await rename(client, state, sessionOptions?.applicationName ?? options.applicationName)
      const session: Session = {
        processId: state.processId,
        query: async <Row>(statement: Statement | string) => {
          throwIfAborted(signal)
          return runStatement<Row>(client, statement)
        },
      }
      return await work(client, session)
    } catch (error) {
      if (error instanceof DatabaseError && error.code === 'CONNECTION_LOST') broken = error
      throw error
    } finally {
      signal?.removeEventListener('abort', onAbort)
      active.delete(state)
      client.release(broken)
    }
  }

  const cancelBackends = async (processIds: readonly number[]): Promise<void> => {
    if (processIds.length === 0) return
    const canceller = new pg.Client({ ...config, application_name: 'strata cancel' })
    canceller.on('error', () => {})
    try {
      await canceller.connect()
      await canceller.query('select pg_cancel_backend(pid) from unnest($1::int[]) as pid', [processIds])
    } catch {
      // The server is gone, and with it what was to be cancelled.
    } finally {
      await canceller.end().catch(() => {})
    }
  }

  const database: Database = {
    query: (statement) => use((_client, session) => session.query(statement)),
    session: (work, sessionOptions) => use((_client, session) => work(session), sessionOptions),
    transaction: (work, sessionOptions) =>
      use(async (client, session) => {
        await runStatement(client, 'begin isolation level read committed')
        try {
          const result = await work(session)
          throwIfAborted(sessionOptions?.signal)
          await runStatement(client, 'commit')
          return result
        } catch (error) {
          await runStatement(client, 'rollback').catch(() => {})
          throw error
        }
      }, sessionOptions),
    cancel: () => cancelBackends([...active].map((state) => state.processId)),
    close: () => {
      closing ??= pool.end()
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

interface ClientState {
  readonly processId: number
  applicationName: string
}

/** Set by statements and not by the start-up packet, which poolers refuse to pass on. */
const sessionSettings = `
  set timezone = 'UTC';
  set client_connection_check_interval = '500ms';
  set idle_in_transaction_session_timeout = '10min';
  set client_min_messages = warning`

function configOf(options: ConnectOptions): pg.PoolConfig {
  let parsed: URL
  try {
    parsed = new URL(options.url)
  } catch (cause) {
    throw badUrl(cause)
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) throw badUrl()
  registerSecret(decodeURIComponent(parsed.password))
  return {
    connectionString: options.url,
    application_name: cut(options.applicationName),
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: (options.connectTimeoutSeconds ?? 10) * 1000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: valueParsers,
  }
}

function badUrl(cause?: unknown): ConfigurationError {
  return new ConfigurationError({
    code: 'BAD_DATABASE_URL',
    message: 'the database URL cannot be read',
    hint: 'Write it as postgresql://user:password@host:5432/database, with special characters of the password percent-encoded.',
    cause,
  })
}

async function runStatement<Row>(
  client: pg.PoolClient,
  statement: Statement | string,
): Promise<QueryResult<Row>> {
  const text = typeof statement === 'string' ? statement : statement.text
  const values = typeof statement === 'string' ? [] : [...(statement.values ?? [])]
  try {
    // The extended protocol takes one statement: text that holds a second one is refused by the server.
    const result = await client.query({ text, values, queryMode: 'extended' } as pg.QueryConfig)
    return {
      rows: result.rows as Row[],
      rowCount: result.rowCount ?? 0,
      fields: (result.fields ?? []).map((field) => ({ name: field.name, typeOid: field.dataTypeID })),
    }
  } catch (error) {
    throw translateError(error, text)
  }
}

async function rename(client: pg.PoolClient, state: ClientState, applicationName: string): Promise<void> {
  const name = cut(applicationName)
  if (state.applicationName === name) return
  await runStatement(client, { text: "select set_config('application_name', $1, false)", values: [name] })
  state.applicationName = name
}

/** The server cuts at 63 bytes, not at characters. */
function cut(name: string): string {
  let short = name
  while (Buffer.byteLength(short) > 63) short = short.slice(0, -1)
  return short
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new DatabaseError({ code: 'CANCELLED', message: 'cancelled' })
}

function connectError(error: unknown, options: ConnectOptions): Error {
  const translated = translateError(error)
  if (translated.sqlstate !== undefined) return translated
  return new ConfigurationError({
    code: 'DATABASE_UNREACHABLE',
    message: `cannot reach the database at ${describeServer(options.url)}: ${(error as Error).message || (error as { code?: string }).code}`,
    hint: 'Check that the server runs, and host and port of DATABASE_URL; without DATABASE_URL the embedded server is used.',
    cause: error,
  })
}

async function refuseOldServer(database: Database): Promise<void> {
  const { rows } = await database.query<{ number: number; version: string }>(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as version",
  )
  const { number, version } = rows[0]!
  if (number >= oldestServer) return
  throw new ConfigurationError({
    code: 'SERVER_TOO_OLD',
    message: `the server is PostgreSQL ${version}; Strata needs 15 or later`,
    hint: 'Upgrade it, or unset DATABASE_URL to use the embedded server.',
  })
}
