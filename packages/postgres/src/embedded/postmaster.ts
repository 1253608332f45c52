import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerPlace } from './server-place.ts'

/** The server process as `postmaster.pid` tells it. */
export interface Postmaster {
  readonly processId: number
  /** The first three lines: process id, data folder and start time, which no second server ever has. */
  readonly incarnation: string
}

export function readPostmaster(place: ServerPlace): Postmaster | null {
  let lines: string[]
  try {
    lines = readFileSync(join(place.dataDirectory, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return null
  }
  const processId = Number(lines[0])
  return Number.isSafeInteger(processId) && processId > 0
    ? { processId, incarnation: lines.slice(0, 3).join('\n') }
    : null
}

/** Whether the process of that id is a PostgreSQL server, and not another program that got the number later. */
export function isPostgres(processId: number): boolean {
  try {
    return /postgres/.test(readFileSync(`/proc/${processId}/cmdline`, 'utf8'))
  } catch {
    if (process.platform === 'linux') return false
  }
  try {
    return /postgres/.test(
      execFileSync('ps', ['-p', String(processId), '-o', 'command='], { encoding: 'utf8' }),
    )
  } catch {
    return false
  }
}
