import { execFileSync } from 'node:child_process'
import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerPlace } from './server-place.ts'

/** The server process as `postmaster.pid` tells it. */
export interface Postmaster {
  readonly processId: number
  /** The first three lines: process id, data folder and start time, which no second server ever has. */
  readonly incarnation: string
}

export const serverPort = 5432

export function readPostmaster(place: ServerPlace): Postmaster | null {
  const text = read(pidFile(place))
  const processId = Number(text?.split('\n')[0])
  if (text === null || !Number.isSafeInteger(processId) || processId <= 0) return null
  return { processId, incarnation: text.split('\n').slice(0, 3).join('\n') }
}

/**
 * The process id of a live server of this place, or null: by its data, or by its socket, which a server still has when its
 * data were deleted under it.
 */
export function findServerProcess(place: ServerPlace): number | null {
  const candidates = [readPostmaster(place)?.processId, readSocketOwner(place)]
  return candidates.find((id) => id !== undefined && isServerOf(place, id)) ?? null
}

/** A server whose data folder is gone; the order of the two looks matters, for another may be starting on a new one. */
export function findOrphan(place: ServerPlace): number | null {
  const processId = readSocketOwner(place)
  const gone = read(join(place.dataDirectory, 'PG_VERSION')) === null
  return gone && processId !== undefined && isServerOf(place, processId) ? processId : null
}

/** A postmaster.pid whose number now belongs to another program, or to none, keeps the server from starting. */
export function removeStalePid(place: ServerPlace): void {
  const found = readPostmaster(place)
  if (found === null || isServerOf(place, found.processId)) return
  const aside = join(place.root, `stale-${process.pid}-${Date.now()}`)
  try {
    renameSync(pidFile(place), aside)
    // Another starter may have been quicker: then this is the file of its server, which goes back.
    if (!read(aside)?.startsWith(found.incarnation)) linkSync(aside, pidFile(place))
  } catch {
    // Gone already, or a newer one is there.
  }
  rmSync(aside, { force: true })
}

/** Whether that process is the server of this place, and not another program that got the number later. */
export function isServerOf(place: ServerPlace, processId: number): boolean {
  const command = commandLine(processId)
  return command.includes(`-D\0${place.dataDirectory}\0`) || command.includes(`-D ${place.dataDirectory} `)
}

function commandLine(processId: number): string {
  const command = read(`/proc/${processId}/cmdline`)
  if (command !== null) return command
  if (read('/proc/self/cmdline') !== null) return ''
  try {
    return execFileSync('ps', ['-ww', '-p', String(processId), '-o', 'command='], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

/** The first line of the lock file beside the socket. */
function readSocketOwner(place: ServerPlace): number | undefined {
  const line = read(join(place.socketDirectory, `.s.PGSQL.${serverPort}.lock`))?.split('\n')[0]
  const processId = Number(line)
  return Number.isSafeInteger(processId) && processId > 0 ? processId : undefined
}

function pidFile(place: ServerPlace): string {
  return join(place.dataDirectory, 'postmaster.pid')
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
