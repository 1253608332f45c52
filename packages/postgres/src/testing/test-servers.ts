import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findServerUser } from '../embedded/server-user.ts'
import { ensureEmbeddedServer, resetEmbeddedServer } from '../index.ts'

/** A server that tests run on. */
export interface TestServer {
  /** `embedded`: the one of the npm packages. `server`: a PostgreSQL 15 or later of the machine, or of `TEST_DATABASE_URL`. */
  readonly name: 'embedded' | 'server'
  readonly url: string
}

export interface StartedServers {
  readonly servers: readonly TestServer[]
  stop(): Promise<void>
}

/**
 * Starts what tests run on: the embedded server, and a PostgreSQL of the machine where there is one. Throws when
 * `STRATA_REQUIRE_SERVER` is set and there is none.
 */
export async function startTestServers(environment: {
  readonly [name: string]: string | undefined
}): Promise<StartedServers> {
  const project = mkdtempSync(join(tmpdir(), 'strata-test-'))
  chmodSync(project, 0o755)
  clearUpAfter(project)
  const embedded = await ensureEmbeddedServer({ projectDirectory: project })
  const servers: TestServer[] = [{ name: 'embedded', url: embedded.url }]
  const machine = startMachineServer(environment)
  if (machine !== null) servers.push({ name: 'server', url: machine.url })
  else if (environment['STRATA_REQUIRE_SERVER'])
    throw new Error('no PostgreSQL 15 or later was found, and STRATA_REQUIRE_SERVER is set')
  return {
    servers,
    async stop() {
      machine?.stop()
      await embedded.release()
      await resetEmbeddedServer({ projectDirectory: project })
      rmSync(project, { recursive: true, force: true })
    },
  }
}

function startMachineServer(environment: {
  readonly [name: string]: string | undefined
}): { url: string; stop: () => void } | null {
  const given = environment['TEST_DATABASE_URL']
  if (given) return { url: given, stop() {} }
  const bin = findBinaries()
  if (bin === null) return null

  const directory = mkdtempSync(join(tmpdir(), 'strata-pg-'))
  const user = findServerUser()
  if (user !== null) chownSync(directory, user.uid, user.gid)
  clearUpAfter(directory)
  const data = join(directory, 'data')
  const run = (program: string, ...options: string[]) =>
    execFileSync(join(bin, program), options, {
      ...(user ?? {}),
      cwd: directory,
      stdio: 'ignore',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
    })
  run('initdb', '-D', data, '-U', 'strata', '-E', 'UTF8', '--auth=trust', '--no-sync')
  const settings = "-c listen_addresses='' -c fsync=off -c max_connections=200 -c timezone=UTC"
  run('pg_ctl', '-D', data, '-w', '-o', `-k ${directory} ${settings}`, '-l', join(directory, 'log'), 'start')
  return {
    url: `postgresql://strata@localhost:5432/postgres?host=${encodeURIComponent(directory)}`,
    stop() {
      run('pg_ctl', '-D', data, '-m', 'immediate', 'stop')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** A test run that is killed leaves no server and no folder behind: this small process outlives it. */
function clearUpAfter(directory: string): void {
  const script = `
    while kill -0 "$1" 2>/dev/null; do [ -d "$2" ] || exit 0; sleep 2; done
    for file in "$2"/data/postmaster.pid "$2"/.strata/postgres/data/postmaster.pid; do
      [ -f "$file" ] && kill -QUIT "$(head -n 1 "$file")"
    done
    sleep 1
    rm -rf "$2"`
  const options = { cwd: '/', detached: true, stdio: 'ignore' } as const
  spawn('/bin/sh', ['-c', script, 'strata-clear-up', String(process.pid), directory], options).unref()
}

/** Debian's place for the binaries of a version, the oldest that will do first; else those on the path. */
function findBinaries(): string | null {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian)
    ? readdirSync(debian)
        .map(Number)
        .filter((version) => version >= 15)
    : []
  for (const version of versions.sort((a, b) => a - b)) {
    const bin = join(debian, String(version), 'bin')
    if (existsSync(join(bin, 'initdb'))) return bin
  }
  try {
    const bin = execFileSync('pg_config', ['--bindir'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    const version = execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' })
    return Number(/\d+/.exec(version)?.[0] ?? 0) >= 15 && existsSync(join(bin, 'initdb')) ? bin : null
  } catch {
    return null
  }
}
