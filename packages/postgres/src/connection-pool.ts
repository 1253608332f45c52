import { setTimeout as sleep } from 'node:timers/promises'
import { connectError } from './connect-error.ts'
import { type ConnectionConfig, cutName, localSettings, watchClient } from './connection-config.ts'
import { cancelled } from './lease.ts'
import { pg } from './pg.ts'
import { runStatement } from './run-statement.ts'
import { isOpen, isPooled } from './through-pooler.ts'

export interface ConnectionPool {
  /** Waits for a free connection as long as it takes, unless the signal fires. Throws what `connectError` makes of a failure. */
  checkOut(applicationName?: string, signal?: AbortSignal): Promise<pg.PoolClient>
  /** Takes it back; one that was more than read through is made as new first, in the background. */
  giveBack(client: pg.PoolClient, asNew: boolean): void
  /** Behind a pooler, what each transaction is to be set to; else null. Known when a connection has been checked out. */
  pooledSettings(applicationName?: string): string | null
  close(): Promise<void>
}

export function openPool(config: ConnectionConfig, maxConnections: number, url: string): ConnectionPool {
  const { connectionTimeoutMillis, ...client } = config.client
  const open = new Set<Promise<void>>()
  const pool = new pg.Pool({
    ...client,
    max: maxConnections,
    idleTimeoutMillis: 30_000,
    // Given to the pool, the time would also limit how long one may wait until another user gives a connection back.
    Client: function TimedClient(given: pg.ClientConfig) {
      return new pg.Client({
        ...given,
        ...(connectionTimeoutMillis === undefined ? {} : { connectionTimeoutMillis }),
      })
    },
    onConnect: async (connected: pg.ClientBase) => {
      connected.on('error', () => {})
      const end: Promise<void> = new Promise((resolve) =>
        connected.once('end', () => resolve(void open.delete(end))),
      )
      open.add(end)
      pooled ??= await isPooled(connected, url)
      await (pooled ? tryWatch(connected) : applySettings(connected))
    },
  } as unknown as pg.PoolConfig)
  let settings = config.settings + watchClient
  let pooled: boolean | null = null
  let watchTried = false
  const tryWatch = async (connected: pg.ClientBase): Promise<void> => {
    if (watchTried) return
    watchTried = true
    try {
      await connected.query(`begin; ${localSettings(settings, '')}`)
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== '22023') throw error
      settings = config.settings
    } finally {
      await connected.query('rollback')
    }
  }
  const applySettings = async (connected: pg.ClientBase): Promise<void> => {
    try {
      await connected.query(settings)
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== '22023') throw error
      settings = config.settings
      await connected.query(settings)
    }
  }
  // An idle connection whose server goes away must not end the process; the next query makes another.
  pool.on('error', () => {})

  return {
    async checkOut(applicationName, signal) {
      let taken: pg.PoolClient
      try {
        taken = await unlessAborted(pool.connect(), signal)
      } catch (error) {
        throw signal?.aborted ? cancelled() : connectError(error, url)
      }
      if (applicationName === undefined || pooled === true) return taken
      try {
        const name = cutName(applicationName)
        await runStatement(taken, {
          text: "select set_config('application_name', $1, false)",
          values: [name],
        })
      } catch (error) {
        taken.release(true)
        throw error
      }
      return taken
    },
    giveBack(taken, asNew) {
      if (!asNew) return taken.release()
      makeAsNew(taken, pooled === true ? null : settings).then(
        () => taken.release(),
        () => taken.release(true),
      )
    },
    pooledSettings(applicationName) {
      const name = applicationName ?? config.client.application_name ?? ''
      return pooled === true ? localSettings(settings, cutName(name)) : null
    },
    async close() {
      await pool.end()
      // The pool does not wait for the server to see the ends.
      await Promise.race([Promise.all(open), sleep(1_000, undefined, { ref: false })])
    },
  }
}

/** Ends what the last user left: a transaction, settings, temporary tables, session locks, LISTEN. `null`: that of a pooler. */
async function makeAsNew(client: pg.PoolClient, settings: string | null): Promise<void> {
  if (isOpen(client)) await client.query('rollback')
  if (settings !== null) await client.query(`${discardAll}; ${settings}`)
}

/** A connection that comes after the signal has fired goes straight back. */
function unlessAborted(
  connecting: Promise<pg.PoolClient>,
  signal: AbortSignal | undefined,
): Promise<pg.PoolClient> {
  if (signal === undefined) return connecting
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(cancelled())
    signal.addEventListener('abort', onAbort, { once: true })
    connecting
      .finally(() => signal.removeEventListener('abort', onAbort))
      .then((client) => (signal.aborted ? client.release() : resolve(client)), reject)
  })
}

/** DISCARD ALL, which cannot share a round trip with anything, in its parts; plans need not be forgotten. */
const discardAll = `
  close all; set session authorization default; reset all; deallocate all; unlisten *;
  select pg_catalog.pg_advisory_unlock_all(); discard temp; discard sequences`
