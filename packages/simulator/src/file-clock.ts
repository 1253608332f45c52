import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { ConfigurationError } from '@strata/core'
import { advancedTime, type SimulatedClock } from './clock.ts'
import { EPOCH } from './content/epoch.ts'

const LOCK_WAIT_MS = 5
/** A holder needs a millisecond or two; a lock of this age was left by a process that died. */
const LOCK_STALE_MS = 2_000

/**
 * A clock whose state is a small JSON file, so that all processes which serve from this file agree on the time. The
 * file is made by the first advance; its folder too. Throws `ConfigurationError` where it cannot be read or written.
 */
export function fileClock(path: string): SimulatedClock {
  let seen = ''
  let time = EPOCH

  const read = (): number => {
    try {
      const state = statSync(path, { bigint: true, throwIfNoEntry: false })
      if (state === undefined) return time
      // The inode tells two writes within one tick of the file system apart: each write is a new file.
      const version = `${state.ino}:${state.mtimeNs}:${state.size}`
      if (version !== seen) {
        time = Math.max(time, parseState(readFileSync(path, 'utf8')))
        seen = version
      }
      return Math.min(time, Date.now())
    } catch (cause) {
      throw unusable(path, cause)
    }
  }

  return {
    now: () => new Date(read()),
    advance(by) {
      try {
        mkdirSync(dirname(path), { recursive: true })
        withLock(`${path}.lock`, () => {
          const next = advancedTime(read(), by)
          const draft = `${path}.${process.pid}.new`
          writeFileSync(draft, `${JSON.stringify({ now: new Date(next).toISOString() })}\n`)
          renameSync(draft, path)
        })
      } catch (cause) {
        throw unusable(path, cause)
      }
    },
  }
}

function parseState(text: string): number {
  const state: unknown = JSON.parse(text)
  const now = typeof state === 'object' && state !== null && 'now' in state ? state.now : undefined
  const time = typeof now === 'string' ? Date.parse(now) : Number.NaN
  if (!(time >= EPOCH)) throw new Error('it holds no time from 2024-03-01 on')
  return time
}

/** Without it, of two processes that advance at once the slower could set the time back. */
function withLock(path: string, work: () => void): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  while (!tryLock(path)) Atomics.wait(pause, 0, 0, LOCK_WAIT_MS)
  try {
    work()
  } finally {
    rmSync(path, { force: true })
  }
}

function tryLock(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx'))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const held = statSync(path, { throwIfNoEntry: false })
  if (held !== undefined && Date.now() - held.mtimeMs > LOCK_STALE_MS) rmSync(path, { force: true })
  return false
}

function unusable(path: string, cause: unknown): Error {
  if (cause instanceof ConfigurationError) return cause
  return new ConfigurationError({
    code: 'SIMULATOR_CLOCK_UNUSABLE',
    message: `The simulator's clock file ${path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}.`,
    hint: 'Delete the file to start again at 2024-03-01, or make its folder writable.',
    cause,
  })
}
