import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findServerUser } from '../embedded/server-user.ts'
import { eventually } from './test-project.ts'

export interface TestPooler {
  /** The URL given, through the pooler. */
  readonly url: string
  /** Ends it as if its machine went away. */
  stop(): Promise<void>
}

const program = '/usr/sbin/pgbouncer'

/** Without one, tests of poolers are skipped, or fail where `STRATA_REQUIRE_SERVER` is set. */
export const hasPooler = existsSync(program) || Boolean(process.env['STRATA_REQUIRE_SERVER'])

/** Starts pgbouncer before a server; it listens on a socket of its own, as the server does. */
export async function startPooler(
  url: string,
  mode: 'transaction' | 'session' | 'statement' = 'transaction',
): Promise<TestPooler> {
  const directory = mkdtempSync(join(tmpdir(), 'strata-pooler-'))
  const { searchParams, username, password, port } = new URL(url)
  const login = `user=${decodeURIComponent(username)}${password === '' ? '' : ` password=${decodeURIComponent(password)}`}`
  const log = join(directory, 'log')
  // Fewer server processes than clients, so that these share them.
  writeFileSync(
    join(directory, 'pgbouncer.ini'),
    `[databases]
* = host=${searchParams.get('host')} port=${port || 5432} ${login}
[pgbouncer]
pool_mode = ${mode}
default_pool_size = 6
max_client_conn = 200
listen_addr =
unix_socket_dir = ${directory}
listen_port = 6432
auth_type = any
logfile = ${log}
`,
  )
  const user = findServerUser()
  if (user !== null) chownSync(directory, user.uid, user.gid)
  const pooler = spawn(program, ['--quiet', join(directory, 'pgbouncer.ini')], {
    ...(user ?? {}),
    cwd: directory,
    stdio: 'ignore',
  })
  const ended = new Promise((resolve) => pooler.once('exit', resolve))
  const stop = async (): Promise<void> => {
    pooler.kill('SIGKILL')
    await ended
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    await eventually(() => existsSync(join(directory, '.s.PGSQL.6432')))
  } catch (error) {
    const said = existsSync(log) ? readFileSync(log, 'utf8') : execFileSync(program, ['--version'])
    await stop()
    throw new Error(`pgbouncer did not start: ${said}`, { cause: error })
  }
  const pooled = new URL(url)
  pooled.searchParams.set('host', directory)
  pooled.port = '6432'
  return { url: pooled.href, stop }
}
