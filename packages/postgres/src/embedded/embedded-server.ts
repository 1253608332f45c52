import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { embeddedDatabaseName as serverDatabase } from '../names.ts'
import { translateError } from '../translate-error.ts'
import { initializeData } from './initialize-data.ts'
import { findOrphan, isServerOf, readPostmaster, serverPort } from './postmaster.ts'
import { removeLeftovers } from './remove-leftovers.ts'
import { preparePlace, type ServerPlace, serverPlace } from './server-place.ts'
import { findBinariesPackage, stageBinaries } from './stage-binaries.ts'
import { type KeeperOptions, presenceKey, startKeeper } from './start-keeper.ts'
import { startServer } from './start-server.ts'
import { endConnection, isPassing, serverUser, streamOf, tryConnect } from './try-connect.ts'

export interface EmbeddedServerOptions extends KeeperOptions {
  /** The server and its data belong to this project. */
  readonly projectDirectory: string
  /** Keep this server running until it is stopped. */
  readonly keep?: boolean
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
  /** May be called more than once. */
  release(): Promise<void>
}

/** Each attempt ends because the server was just being stopped; that often in a row is our bug. */
const maxAttempts = 100

/**
 * Finds or starts the embedded server of a project. Throws `ConfigurationError`: `EMBEDDED_UNSUPPORTED`,
 * `EMBEDDED_DIRECTORY`, `EMBEDDED_INIT_FAILED`, `EMBEDDED_START_FAILED`.
 */
export async function ensureEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const place = serverPlace(options.projectDirectory)
  for (let attempt = 1; ; attempt++) {
    const connected = await connectOrStart(place, options)
    try {
      return await enter(connected, place, options)
    } catch (error) {
      await endConnection(connected.client)
      if (attempt >= maxAttempts || !isPassing(error)) throw translateError(error)
      await sleep(20 + Math.random() * 50)
    }
  }
}

/** For `connect` and psql: the port stands in it because either would take that of the environment. */
export function serverUrl(place: ServerPlace): string {
  return `postgresql://${serverUser}@localhost:${serverPort}/${serverDatabase}?host=${encodeURIComponent(place.socketDirectory)}`
}

interface Connected {
  readonly client: pg.Client
  readonly started: boolean
  /** A keeper was started for it a moment ago, and may not have connected yet. */
  readonly hasKeeper: boolean
}

async function connectOrStart(place: ServerPlace, options: KeeperOptions): Promise<Connected> {
  if (existsSync(join(place.dataDirectory, 'PG_VERSION'))) {
    const found = await tryConnect(place, 'strata presence')
    if (typeof found === 'object') return { client: found, started: false, hasKeeper: false }
  }
  const source = findBinariesPackage()
  preparePlace(place)
  removeLeftovers(place)
  await stopOrphan(place)
  const binaries = stageBinaries(place, source)
  await initializeData(place, binaries)
  let hasKeeper = false
  const server = await startServer(place, binaries, 'strata presence', () => {
    // Before the server, so that whoever is killed between the two leaves no server that nobody stops.
    startKeeper(place, options)
    hasKeeper = true
  })
  return { ...server, hasKeeper }
}

/** A server whose data were deleted would keep the socket until it notices. */
async function stopOrphan(place: ServerPlace): Promise<void> {
  const orphan = findOrphan(place)
  if (orphan === null) return
  process.kill(orphan, 'SIGQUIT')
  for (let waited = 0; waited < 10_000 && isServerOf(place, orphan); waited += 20) await sleep(20)
}

/** Becomes a user of the server. Throws an error of `pg` when the server stops meanwhile. */
async function enter(
  connected: Connected,
  place: ServerPlace,
  options: EmbeddedServerOptions,
): Promise<EmbeddedServer> {
  const { client, started, hasKeeper } = connected
  // Waits while the keeper stops the server, which then ends this connection: nothing has been done yet, so begin again.
  await client.query('select pg_advisory_lock_shared($1)', [presenceKey])
  const { rows } = await client.query<{ version: string; keepers: number; created: boolean }>(`
    select current_setting('server_version') as version,
      (select count(*)::int from pg_stat_activity where application_name = 'strata keeper') as keepers,
      exists (select from pg_database where datname = '${serverDatabase}') as created`)
  const { version, keepers, created } = rows[0]!
  if (!created) await createDatabase(client)
  if (keepers === 0 && !hasKeeper) startKeeper(place, options)
  const postmaster = readPostmaster(place)
  if (options.keep && postmaster !== null) writeFileSync(place.keepFile, postmaster.incarnation)
  // A user that forgets to release must not be kept alive by it.
  streamOf(client).unref()
  let released: Promise<void> | null = null
  return {
    url: serverUrl(place),
    dataDirectory: place.dataDirectory,
    version,
    processId: postmaster?.processId ?? 0,
    started,
    release() {
      streamOf(client).ref()
      released ??= endConnection(client)
      return released
    },
  }
}

async function createDatabase(client: pg.Client): Promise<void> {
  try {
    await client.query(`create database ${serverDatabase}`)
  } catch (error) {
    const { code } = error as { code?: string }
    // Another user was quicker.
    if (code !== '42P04' && code !== '23505') throw error
  }
}
