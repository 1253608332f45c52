import { spawn } from 'node:child_process'
import { chownSync, closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigurationError } from '@strata/core'
import pg from 'pg'
import { isPostgres, readPostmaster } from './postmaster.ts'
import type { ServerPlace } from './server-place.ts'
import type { Binaries } from './stage-binaries.ts'

/** A server that was killed needs some seconds of recovery; one that stops, a moment. */
const patienceMs = 20_000

export const serverPort = 5432
export const serverUser = 'strata'
export const serverDatabase = 'strata'

/** A connection to the running server, or null where none answers. */
export async function tryConnect(
  place: ServerPlace,
  database: string,
  applicationName: string,
): Promise<pg.Client | null> {
  const client = new pg.Client({
    host: place.socketDirectory,
    port: serverPort,
    user: serverUser,
    database,
    application_name: applicationName,
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => {})
    const { code } = error as { code?: string }
    if (code === '3D000') throw error
    return null
  }
}

/**
 * Starts the server and waits until it answers. Of two that start it at once, postmaster.pid lets one pass; the other finds
 * the server of the first. Returns the connection, and whether it was our process that became the server.
 */
export async function startServer(
  place: ServerPlace,
  binaries: Binaries,
  database: string,
  applicationName: string,
): Promise<{ readonly client: pg.Client; readonly started: boolean }> {
  const deadline = Date.now() + patienceMs
  let delay = 20
  while (Date.now() < deadline) {
    let exited = false
    const child = launch(place, binaries, () => {
      exited = true
    })
    while (!exited && Date.now() < deadline) {
      const client = await tryConnect(place, database, applicationName)
      if (client !== null) return { client, started: readPostmaster(place)?.processId === child }
      await sleep(20)
    }
    const client = await tryConnect(place, database, applicationName)
    if (client !== null) return { client, started: false }
    removeForeignPid(place)
    await sleep(delay)
    delay = Math.min(delay * 2, 1_000)
  }
  throw new ConfigurationError({
    code: 'EMBEDDED_START_FAILED',
    message: `the embedded PostgreSQL does not start: ${lastLogLines(place) || 'it gives no reason'}`,
    hint: `The whole log is ${place.logFile}. \`models db reset --yes\` makes a new database, DATABASE_URL uses a server of your own.`,
  })
}

function launch(place: ServerPlace, binaries: Binaries, onExit: () => void): number | undefined {
  const log = openSync(place.logFile, 'a', 0o600)
  if (place.user !== null) chownSync(place.logFile, place.user.uid, place.user.gid)
  const settings = Object.entries(serverSettings()).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(
    binaries.postgres,
    ['-D', place.dataDirectory, '-k', place.socketDirectory, '-p', String(serverPort), ...settings],
    {
      ...(place.user ?? {}),
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      detached: true,
      stdio: ['ignore', log, log],
    },
  )
  closeSync(log)
  child.on('exit', onExit)
  child.on('error', onExit)
  child.unref()
  return child.pid
}

/** For a developer's machine: durable, quick, and silent on the network. */
function serverSettings(): { readonly [name: string]: string } {
  const sharedBuffers = Math.min(512, Math.max(64, Math.floor(totalmem() / 16 / 1024 / 1024)))
  return {
    listen_addresses: '',
    unix_socket_permissions: '0700',
    max_connections: '200',
    shared_buffers: `${sharedBuffers}MB`,
    work_mem: '32MB',
    maintenance_work_mem: '256MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    log_min_error_statement: 'panic',
  }
}

/** A postmaster.pid whose number now belongs to another program keeps the server from starting. */
function removeForeignPid(place: ServerPlace): void {
  const found = readPostmaster(place)
  if (found !== null && !isPostgres(found.processId))
    rmSync(join(place.dataDirectory, 'postmaster.pid'), { force: true })
}

function lastLogLines(place: ServerPlace): string {
  try {
    return readFileSync(place.logFile, 'utf8').trim().split('\n').slice(-3).join(' ')
  } catch {
    return ''
  }
}
