import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql from 'mysql2/promise'

/** Where a server is, and as whom it is asked: a user who may do everything. */
export interface MariadbPlace {
  readonly port: number
  readonly user: string
  readonly password: string
}

export interface MariadbServer extends MariadbPlace {
  /** At once, and its folder with it. */
  stop(): Promise<void>
}

export interface MariadbOptions {
  /** To be made; all that the server writes lies in it. */
  readonly folder: string
  /** The process with whose end the server ends too. */
  readonly owner: number
  /** Mebibytes of its page buffer. */
  readonly bufferMb?: number
}

/** The server's clock is not ours: what confuses the two is found out. */
export const mariadbTimeZone = '-05:00'

/** A MariaDB of the machine, for tests: on a free port of 127.0.0.1, with a password. Throws when it does not start. */
export async function startMariadb({ folder, owner, bufferMb = 64 }: MariadbOptions): Promise<MariadbServer> {
  const programs = findMariadb()
  if (programs === null) throw new Error('MariaDB is not installed')
  mkdirSync(folder, { mode: 0o711 })
  chmodSync(folder, 0o711)
  endWith(owner, folder)
  const user = findUser()
  const home = join(folder, 'server')
  mkdirSync(home, { mode: 0o700 })
  const password = randomBytes(12).toString('hex')
  const init = join(home, 'init.sql')
  writeFileSync(
    init,
    `create user strata@'127.0.0.1' identified by '${password}';\ngrant all on *.* to strata@'127.0.0.1' with grant option;\n`,
  )
  if (user !== null) for (const path of [home, init]) chownSync(path, user.uid, user.gid)

  const data = join(home, 'data')
  const asUser = { ...(user ?? {}), cwd: home, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } }
  const common = ['--no-defaults', `--datadir=${data}`, '--innodb-flush-log-at-trx-commit=0']
  execFileSync(
    programs.install,
    [...common, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'],
    { ...asUser, stdio: 'ignore' },
  )
  const port = await freePort()
  const log = join(home, 'log')
  const server = spawn(
    programs.server,
    [
      ...common,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(home, 'socket')}`,
      `--pid-file=${join(home, 'pid')}`,
      `--log-error=${log}`,
      `--init-file=${init}`,
      `--default-time-zone=${mariadbTimeZone}`,
      `--innodb-buffer-pool-size=${bufferMb}M`,
      '--innodb-log-file-size=32M',
      '--innodb-use-native-aio=0',
      '--skip-innodb-doublewrite',
      '--skip-sync-frm',
      '--character-set-server=utf8mb4',
      '--max-connections=100',
      '--skip-name-resolve',
      '--skip-log-bin',
      '--performance-schema=off',
    ],
    { ...asUser, stdio: 'ignore', detached: true },
  )
  server.unref()
  const place = { port, user: 'strata', password }
  const running = () => server.exitCode === null && server.signalCode === null
  await untilReady(place, running, () => (existsSync(log) ? readFileSync(log, 'utf8').slice(-2000) : ''))
  return {
    ...place,
    async stop() {
      server.kill('SIGKILL')
      while (running()) await sleep(10)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Its programs; null: it is not installed. */
export function findMariadb(): { readonly server: string; readonly install: string } | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin', '/usr/libexec']
  const find = (name: string) =>
    folders
      .filter((folder) => folder !== '')
      .map((folder) => join(folder, name))
      .find((path) => existsSync(path))
  const server = find('mariadbd')
  const install = find('mariadb-install-db')
  return server === undefined || install === undefined ? null : { server, install }
}

async function untilReady(place: MariadbPlace, running: () => boolean, log: () => string): Promise<void> {
  for (const start = Date.now(); ; await sleep(30)) {
    try {
      const connection = await mysql.createConnection({ host: '127.0.0.1', ...place })
      await connection.end()
      return
    } catch (error) {
      if (running() && Date.now() - start < 60_000) continue
      throw new Error(`MariaDB does not start: ${log()}`, { cause: error })
    }
  }
}

/** Root hands it to a user without rights, as which it must run. */
function findUser(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const name of ['mysql', 'nobody']) {
    const [, , uid, gid] = accounts.find((account) => account.startsWith(`${name}:`))?.split(':') ?? []
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) }
  }
  return { uid: 65534, gid: 65534 }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A test run that is killed leaves no server and no folder behind: this small process outlives it. */
function endWith(owner: number, folder: string): void {
  const script = `
    while kill -0 "$1" 2>/dev/null; do [ -d "$2" ] || exit 0; sleep 1; done
    [ -f "$2/server/pid" ] && kill -KILL "$(head -n 1 "$2/server/pid")"
    sleep 0.2
    rm -rf "$2"`
  const options = { cwd: '/', detached: true, stdio: 'ignore' } as const
  spawn('/bin/sh', ['-c', script, 'strata-clear-up', String(owner), folder], options).unref()
}
