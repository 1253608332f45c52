import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What the process says of itself. */
export interface EmbeddedUserReport {
  readonly url?: string
  readonly started?: boolean
  readonly processId?: number
  readonly starts?: number
  readonly error?: string
  readonly code?: string
  readonly hint?: string
}

export interface EmbeddedUser {
  readonly child: ChildProcess
  /** Its one line; rejects when it ends without. */
  readonly report: Promise<EmbeddedUserReport>
  readonly ended: Promise<unknown>
  /** Like the end of the machine for it; returns when it is gone. */
  kill(): Promise<void>
}

export interface SpawnOptions {
  readonly uid?: number
  readonly gid?: number
  /** Octal, as in `077`. */
  readonly umask?: string
  /** A file that it inherits open, as a shell script's lock would be. */
  readonly inherited?: string
}

const alive = new Set<EmbeddedUser>()

/** Kills those that a failed test has left. */
export async function killEmbeddedUsers(): Promise<void> {
  await Promise.all([...alive].map((user) => user.kill()))
}

/** Starts `embedded-user.ts` as a process of its own. */
export function spawnEmbeddedUser(
  mode: 'hold' | 'start' | 'rounds',
  settings: object,
  { umask = '022', inherited = '/dev/null', ...user }: SpawnOptions = {},
): EmbeddedUser {
  const program = fileURLToPath(new URL('./embedded-user.ts', import.meta.url))
  const command = [process.execPath, '--import', 'tsx', program, mode, JSON.stringify(settings)]
  const child = spawn('/bin/sh', ['-c', `umask ${umask}; exec 9>>"$0"; exec "$@"`, inherited, ...command], {
    ...user,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: '/usr/bin:/bin', TSX_DISABLE_CACHE: '1' },
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const report = new Promise<EmbeddedUserReport>((resolve, reject) => {
    createInterface(child.stdout!).once('line', (line) => resolve(JSON.parse(line) as EmbeddedUserReport))
    void ended.then(() => setTimeout(() => reject(new Error('the process ended without a report')), 500))
  })
  report.catch(() => {})
  const started: EmbeddedUser = {
    child,
    report,
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
  alive.add(started)
  void ended.then(() => alive.delete(started))
  return started
}
