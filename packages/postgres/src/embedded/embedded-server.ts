import { spawn } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ConfigurationError } from '@strata/core'
import type pg from 'pg'
import { initializeData } from './initialize-data.ts'
import { isPostgres, readPostmaster } from './postmaster.ts'
import { preparePlace, type ServerPlace, serverPlace } from './server-place.ts'
import { stageBinaries } from './stage-binaries.ts'
import { serverDatabase, serverPort, serverUser, startServer, tryConnect } from './start-server.ts'

export interface EmbeddedServerOptions {
  /** The server and its data belong to this project. */
  readonly projectDirectory: string
  /** Seconds without a user after which the server stops. Default 20. */
  readonly idleSeconds?: number
  /** Keep this server running until it is stopped. */
  readonly keep?: boolean
  /** The program that stops it; where this package is bundled, its place in the bundle. */
  readonly keeperPath?: string
}

/** A running embedded server, of which the caller is a user until it calls `release` or ends. */
export interface EmbeddedServer {
  /** For `connect`, for psql and for any other client of this user. */
  readonly url: string
  readonly dataDirectory: string
  readonly version: string
  readonly processId: number
  /** This call started it. */
  readonly started: boolean
  release(): Promise<void>
}

const presenceKey = 7_205_841_001
const keeperKey = 7_205_841_002

/**
 * Finds or starts the embedded server of a project. Throws `ConfigurationError`: `EMBEDDED_UNSUPPORTED`,
 * `EMBEDDED_DIRECTORY`, `EMBEDDED_INIT_FAILED`, `EMBEDDED_START_FAILED`.
 */
export async function ensureEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const place = serverPlace(options.projectDirectory)
  for (let attempt = 0; ; attempt++) {
    const found = existsSync(place.dataDirectory) ? await connectOrCreate(place) : null
    const { client, started } = found === null ? await start(place) : { client: found, started: false }
    try {
      // Waits while the keeper stops the server, which then ends this connection: nothing has been done yet, so begin again.
      await client.query('select pg_advisory_lock_shared($1)', [presenceKey])
      const { rows } = await client.query<{ version: string; keepers: number }>(
        "select current_setting('server_version') as version, (select count(*)::int from pg_stat_activity where application_name = 'strata keeper') as keepers",
      )
      if (rows[0]!.keepers === 0) startKeeper(place, options)
      const postmaster = readPostmaster(place)
      if (options.keep && postmaster !== null) writeFileSync(place.keepFile, postmaster.incarnation)
      // A user that forgets to release must not be kept alive by it.
      const { stream } = (client as unknown as { connection: { stream: { ref(): void; unref(): void } } })
        .connection
      stream.unref()
      return {
        url: serverUrl(place),
        dataDirectory: place.dataDirectory,
        version: rows[0]!.version,
        processId: postmaster?.processId ?? 0,
        started,
        release: async () => {
          stream.ref()
          await client.end().catch(() => {})
        },
      }
    } catch (error) {
      await client.end().catch(() => {})
      if (attempt >= 50) throw error
      await sleep(20 + Math.random() * 50)
    }
  }
}

/** Stops the server of a project; false when none runs. Refuses while others use it, unless forced. */
export async function stopEmbeddedServer(options: {
  readonly projectDirectory: string
  readonly force?: boolean
}): Promise<boolean> {
  const place = serverPlace(options.projectDirectory)
  const status = await embeddedServerStatus(options)
  const postmaster = readPostmaster(place)
  if (postmaster === null || !isPostgres(postmaster.processId)) return false
  if (status.running && status.users > 0 && !options.force) {
    throw new ConfigurationError({
      code: 'EMBEDDED_IN_USE',
      message: `${status.users} connections use the embedded server: ${status.names.join(', ')}`,
      hint: 'Let them finish, or end them with models db stop --force.',
    })
  }
  rmSync(place.keepFile, { force: true })
  process.kill(postmaster.processId, 'SIGINT')
  for (let waited = 0; waited < 30_000; waited += 50) {
    if (readPostmaster(place)?.incarnation !== postmaster.incarnation) return true
    await sleep(50)
  }
  throw new ConfigurationError({
    code: 'EMBEDDED_STOP_FAILED',
    message: 'the embedded server has not stopped within 30 seconds',
    hint: `Its log is ${place.logFile}.`,
  })
}

export type EmbeddedServerStatus =
  | { readonly running: false }
  | {
      readonly running: true
      readonly url: string
      readonly users: number
      readonly names: readonly string[]
    }

/** Whether the server of a project runs, and who uses it. Starts nothing. */
export async function embeddedServerStatus(options: {
  readonly projectDirectory: string
}): Promise<EmbeddedServerStatus> {
  const place = serverPlace(options.projectDirectory)
  const client = existsSync(place.dataDirectory) ? await tryConnect(place, 'postgres', 'strata status') : null
  if (client === null) return { running: false }
  const { rows } = await client.query<{ name: string }>(
    "select coalesce(nullif(application_name, ''), 'unnamed') as name from pg_stat_activity where backend_type = 'client backend' and application_name not in ('strata keeper', 'strata status')",
  )
  await client.end()
  return {
    running: true,
    url: serverUrl(place),
    users: rows.length,
    names: [...new Set(rows.map((row) => row.name))],
  }
}

/** Stops the server of a project and deletes its data. */
export async function resetEmbeddedServer(options: { readonly projectDirectory: string }): Promise<void> {
  const place = serverPlace(options.projectDirectory)
  await stopEmbeddedServer({ ...options, force: true })
  rmSync(place.dataDirectory, { recursive: true, force: true })
}

async function start(place: ServerPlace): Promise<{ client: pg.Client; started: boolean }> {
  preparePlace(place)
  const binaries = stageBinaries(place)
  await initializeData(place, binaries)
  const { client, started } = await startServer(place, binaries, 'postgres', 'strata start')
  await createDatabase(client)
  await client.end()
  const own = await connectOrCreate(place)
  // Stopped again in this very moment: the caller's loop begins anew.
  return own === null ? start(place) : { client: own, started }
}

/** A connection to our database, made if the one who initialised the server was killed before he could. */
async function connectOrCreate(place: ServerPlace): Promise<pg.Client | null> {
  try {
    return await tryConnect(place, serverDatabase, 'strata presence')
  } catch {
    const client = await tryConnect(place, 'postgres', 'strata start')
    if (client === null) return null
    await createDatabase(client)
    await client.end()
    return tryConnect(place, serverDatabase, 'strata presence')
  }
}

async function createDatabase(client: pg.Client): Promise<void> {
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [serverDatabase])
    if (rowCount === 0) await client.query(`create database ${serverDatabase}`)
  } catch (error) {
    // Another starter was quicker, or the server stops again; in both cases connecting tells.
    const { code } = error as { code?: string }
    if (code === '42P04' || code === '23505' || code?.startsWith('57')) return
    throw error
  }
}

function startKeeper(place: ServerPlace, options: EmbeddedServerOptions): void {
  const path = options.keeperPath ?? fileURLToPath(new URL('./keeper.mjs', import.meta.url))
  const settings = {
    dataDirectory: place.dataDirectory,
    socketDirectory: place.socketDirectory,
    port: serverPort,
    user: serverUser,
    database: serverDatabase,
    keepFile: place.keepFile,
    idleSeconds: options.idleSeconds ?? 20,
    presenceKey,
    keeperKey,
  }
  const keeper = spawn(process.execPath, [path, JSON.stringify(settings)], {
    cwd: '/',
    detached: true,
    stdio: 'ignore',
    env: {},
  })
  keeper.on('error', () => {})
  keeper.unref()
}

function serverUrl(place: ServerPlace): string {
  return `postgresql://${serverUser}@localhost/${serverDatabase}?host=${encodeURIComponent(place.socketDirectory)}`
}
