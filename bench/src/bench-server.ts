import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The server of BENCH_DATABASE_URL, on which benches make databases of their own. */
export function requireServer(): string {
  const server = process.env['BENCH_DATABASE_URL']
  if (server === undefined)
    throw new Error('BENCH_DATABASE_URL names a server on which databases may be made')
  return server
}

/** Another database of the same server. */
export function urlOf(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

/** Runs statements by psql; throws what it complains of. */
export function runSql(url: string, sql: string, { inTransaction = false } = {}): void {
  const { status, stderr, error } = spawnSync(
    'psql',
    [url, inTransaction ? '-qX1' : '-qX', '-v', 'ON_ERROR_STOP=1', '-f', '-'],
    { input: sql, stdio: ['pipe', 'ignore', 'pipe'] },
  )
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(stderr.toString())
}

/** A profiles.yml with which dbt runs in the database of `url`. */
export function dbtProfile(url: string, threads = '4'): string {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? hostname
  return `bench: { target: dev, outputs: { dev: { type: postgres, host: ${JSON.stringify(host)}, port: ${port || 5432}, user: ${username}, password: ${JSON.stringify(password || 'x')}, dbname: ${pathname.slice(1)}, schema: public, threads: ${threads} } } }\n`
}

/** Writes a file, and makes the directories above it. */
export function writeInto(directory: string, path: string, text: string): void {
  mkdirSync(join(directory, path, '..'), { recursive: true })
  writeFileSync(join(directory, path), text)
}
