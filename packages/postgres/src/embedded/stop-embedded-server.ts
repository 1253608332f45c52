import { renameSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigurationError } from '@strata/core'
import type pg from 'pg'
import { serverUrl } from './embedded-server.ts'
import { findServerProcess, isServerOf } from './postmaster.ts'
import { type ServerPlace, serverPlace } from './server-place.ts'
import { presenceKey } from './start-keeper.ts'
import { endConnection, tryConnect } from './try-connect.ts'

export type EmbeddedServerStatus =
  | { readonly running: false }
  | {
      readonly running: true
      readonly url: string
      /** Connections of others. */
      readonly users: number
      /** Their application names, each once. */
      readonly names: readonly string[]
    }

/** Whether the server of a project runs, and who uses it. Starts nothing. */
export async function embeddedServerStatus(options: {
  readonly projectDirectory: string
}): Promise<EmbeddedServerStatus> {
  const place = serverPlace(options.projectDirectory)
  const client = await tryConnect(place, 'strata status')
  if (typeof client !== 'object') return { running: false }
  try {
    const names = await otherUsers(client)
    return { running: true, url: serverUrl(place), users: names.length, names: [...new Set(names)] }
  } finally {
    await endConnection(client)
  }
}

/**
 * Stops the server of a project, and returns when its process has ended; false when none runs. Unless forced it refuses
 * while others use it: `ConfigurationError` (`EMBEDDED_IN_USE`).
 */
export async function stopEmbeddedServer(options: {
  readonly projectDirectory: string
  readonly force?: boolean
}): Promise<boolean> {
  const place = serverPlace(options.projectDirectory)
  const client = options.force ? 'unasked' : await tryConnect(place, 'strata status')
  try {
    // Held until the server is gone: a newcomer waits for it, and starts the server again.
    if (typeof client === 'object') await claim(client)
    const processId = findServerProcess(place)
    if (processId === null) return false
    rmSync(place.keepFile, { force: true })
    process.kill(processId, 'SIGINT')
    await awaitEnd(place, processId)
    return true
  } finally {
    if (typeof client === 'object') await endConnection(client)
  }
}

/** Stops the server of a project and deletes its data. */
export async function resetEmbeddedServer(options: { readonly projectDirectory: string }): Promise<void> {
  const place = serverPlace(options.projectDirectory)
  await stopEmbeddedServer({ ...options, force: true })
  const trash = join(place.root, `trash-${process.pid}-${Date.now()}`)
  try {
    // At once, so that nobody starts on half of it.
    renameSync(place.dataDirectory, trash)
    rmSync(trash, { recursive: true, force: true })
    rmdirSync(place.socketDirectory)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY') throw error
  }
}

async function otherUsers(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(`
    select coalesce(nullif(application_name, ''), 'unnamed') as name from pg_stat_activity
    where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name not in ('strata keeper', 'strata status')`)
  return rows.map((row) => row.name)
}

async function claim(client: pg.Client): Promise<void> {
  const names = await otherUsers(client)
  const { rows } = await client.query<{ alone: boolean }>('select pg_try_advisory_lock($1) as alone', [
    presenceKey,
  ])
  if (names.length === 0 && rows[0]!.alone) return
  const unique = [...new Set(names)]
  throw new ConfigurationError({
    code: 'EMBEDDED_IN_USE',
    message: `the embedded server is in use${unique.length === 0 ? '' : ` by ${unique.join(', ')}`}`,
    hint: 'Let them finish, or end them with `models db stop --force`.',
  })
}

async function awaitEnd(place: ServerPlace, processId: number): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 25) {
    if (!isServerOf(place, processId)) return
    await sleep(25)
  }
  throw new ConfigurationError({
    code: 'EMBEDDED_STOP_FAILED',
    message: 'the embedded server has not stopped within 30 seconds',
    hint: `Its log is ${place.logFile}.`,
  })
}
