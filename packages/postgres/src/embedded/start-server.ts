import { spawn } from 'node:child_process'
import { chownSync, closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigurationError } from '@strata/core'
import type pg from 'pg'
import { findServerProcess, readPostmaster, removeStalePid, serverPort } from './postmaster.ts'
import { preparePlace, type ServerPlace } from './server-place.ts'
import { serverSettings } from './server-settings.ts'
import type { Binaries } from './stage-binaries.ts'
import { tryConnect } from './try-connect.ts'

/** How long a server may keep from answering at all: what is left of a killed one may hold its memory for some seconds. */
const usualPatienceMs = 20_000

/** How long it may answer that it starts, recovers or stops. */
const busyPatienceMs = 180_000

const largeLog = 5_000_000

/**
 * Starts the server and waits until it answers. Of two that start it at once, postmaster.pid lets one pass; the other finds
 * the server of the first. `beforeLaunch` is called once if a process is to be started at all. Returns the connection, and whether it was our process that became the server. Throws
 * `ConfigurationError` (`EMBEDDED_START_FAILED`).
 */
export async function startServer(
  place: ServerPlace,
  binaries: Binaries,
  applicationName: string,
  beforeLaunch: () => void,
  patienceMs = usualPatienceMs,
): Promise<{ readonly client: pg.Client; readonly started: boolean }> {
  const begun = Date.now()
  const launches: { id: number | undefined; running: boolean } = { id: undefined, running: false }
  let quietSince = begun
  let pause = 20
  while (Date.now() - quietSince < patienceMs && Date.now() - begun < busyPatienceMs) {
    const found = await tryConnect(place, applicationName)
    if (typeof found === 'object')
      return { client: found, started: readPostmaster(place)?.processId === launches.id }
    if (found === 'busy') quietSince = Date.now()
    if (found === 'absent' && !launches.running) {
      // A server is up within the first pauses; one that has just been refused is tried again after longer ones.
      if (launches.id !== undefined) {
        removeStalePid(place)
        await sleep(pause)
        pause = Math.min(pause * 2, 1_000)
      } else {
        beforeLaunch()
      }
      preparePlace(place)
      launches.running = true
      launches.id = launch(place, binaries, () => {
        launches.running = false
      })
    }
    await sleep(20)
  }
  throw startFailed(place)
}

function launch(place: ServerPlace, binaries: Binaries, onExit: () => void): number | undefined {
  const log = openLog(place)
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

function openLog(place: ServerPlace): number {
  try {
    if (statSync(place.logFile).size > largeLog) renameSync(place.logFile, `${place.logFile}.1`)
  } catch {
    // There is none yet, or another starter has just renamed it.
  }
  const log = openSync(place.logFile, 'a', 0o600)
  if (place.user !== null) chownSync(place.logFile, place.user.uid, place.user.gid)
  return log
}

function startFailed(place: ServerPlace): ConfigurationError {
  const log = `The whole log is ${place.logFile}.`
  if (findServerProcess(place) !== null) {
    return new ConfigurationError({
      code: 'EMBEDDED_START_FAILED',
      message: 'the embedded PostgreSQL runs, but does not answer',
      hint: `\`models db stop --force\` ends it; the next command starts it again. ${log}`,
    })
  }
  return new ConfigurationError({
    code: 'EMBEDDED_START_FAILED',
    message: `the embedded PostgreSQL does not start: ${lastLogLines(place) || 'it gives no reason'}`,
    hint: `${log} \`models db reset --yes\` makes a new database, DATABASE_URL uses a server of your own.`,
  })
}

function lastLogLines(place: ServerPlace): string {
  try {
    return readFileSync(place.logFile, 'utf8').trim().split('\n').slice(-3).join(' ')
  } catch {
    return ''
  }
}
