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

/** What a clock's records are drawn from; others are other records, and those that were there are gone. */
export interface ClockWorld {
  readonly scale: number
  readonly seed: number
  /** What to do about a file that was begun with `kept`. */
  readonly whereOther: (kept: KeptWorld) => string
}

export type KeptWorld = Pick<ClockWorld, 'scale' | 'seed'>

export interface FileClock extends SimulatedClock {
  /** Names of the databases into which records were landed that were read by this clock. */
  databases(): readonly string[]
  /** Forward as by `advance`, and the database is among `databases` from now on. */
  landed(database: string, by: number): void
}

interface ClockState {
  readonly time: number
  /** Null: the file does not say. */
  readonly world: KeptWorld | null
  readonly databases: readonly string[]
}

/**
 * A clock whose state is a small JSON file, so that all processes which serve from this file agree on the time, and on the
 * world where one is given. The file is made by the first advance; its folder too. Throws `ConfigurationError` where it cannot
 * be read or written, or was begun with another world.
 */
export function fileClock(path: string, world?: ClockWorld): FileClock {
  let seen = ''
  let time = EPOCH
  let kept: KeptWorld | null = null
  let databases: readonly string[] = []

  const read = (): number => {
    try {
      const state = statSync(path, { bigint: true, throwIfNoEntry: false })
      if (state === undefined) return time
      // The inode tells two writes within one tick of the file system apart: each write is a new file.
      const version = `${state.ino}:${state.mtimeNs}:${state.size}`
      if (version !== seen) {
        const found = parseState(readFileSync(path, 'utf8'))
        if (world !== undefined && found.world !== null) requireSame(path, found.world, world)
        time = Math.max(time, found.time)
        kept = found.world
        databases = found.databases
        seen = version
      }
      return Math.min(time, Date.now())
    } catch (cause) {
      throw unusable(path, cause)
    }
  }

  const write = (by: number | Date, landed: readonly string[]): void => {
    try {
      mkdirSync(dirname(path), { recursive: true })
      withLock(`${path}.lock`, () => {
        const next = advancedTime(read(), by)
        const draft = `${path}.${process.pid}.new`
        const drawn = kept ?? (world === undefined ? {} : { scale: world.scale, seed: world.seed })
        const known = [...new Set([...databases, ...landed])]
        const state = {
          now: new Date(next).toISOString(),
          ...drawn,
          ...(known.length > 0 && { databases: known }),
        }
        writeFileSync(draft, `${JSON.stringify(state)}\n`)
        renameSync(draft, path)
      })
    } catch (cause) {
      throw unusable(path, cause)
    }
  }

  return {
    now: () => new Date(read()),
    advance: (by) => write(by, []),
    databases() {
      read()
      return databases
    },
    landed: (database, by) => write(by, [database]),
  }
}

function parseState(text: string): ClockState {
  const parsed: unknown = JSON.parse(text)
  const state = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  const { now, scale, seed, databases } = state
  const time = typeof now === 'string' ? Date.parse(now) : Number.NaN
  if (!(time >= EPOCH)) throw new Error('it holds no time from 2024-03-01 on')
  return {
    time,
    world: typeof scale === 'number' && typeof seed === 'number' ? { scale, seed } : null,
    databases: Array.isArray(databases) ? databases.map(String) : [],
  }
}

function requireSame(path: string, kept: KeptWorld, { scale, seed, whereOther }: ClockWorld): void {
  if (kept.scale === scale && kept.seed === seed) return
  const [had, is] =
    kept.scale === scale ? [`seed ${kept.seed}`, `${seed}`] : [`scale ${kept.scale}`, `${scale}`]
  throw new ConfigurationError({
    code: 'SIMULATOR_WORLD_CHANGED',
    message: `The simulated records of ${path} were begun with ${had}, and now it is ${is}: those that have landed would be of another world.`,
    hint: whereOther(kept),
  })
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
