import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread } from 'node:worker_threads'
import mysql from 'mysql2/promise'
import { afterAll, beforeAll, describe } from 'vitest'
import { findMariadb, type MariadbPlace, startMariadb } from './mariadb-server.ts'

export type MariadbRow = { readonly [column: string]: unknown }

export interface MariadbDatabase {
  readonly name: string
  /** As an instance has it: without the password. */
  readonly address: string
  /** `password` */
  readonly credentials: { readonly password: string }
  /** One statement or several; the rows of the last. Numbers that would lose digits, and dates, come as text. Impossible dates may be written. */
  query(sql: string, values?: readonly unknown[]): Promise<readonly MariadbRow[]>
  /** A further session, which must be ended. */
  connect(): Promise<mysql.Connection>
  drop(): Promise<void>
}

/**
 * Runs the tests on a MariaDB database of their own. Where there is no MariaDB they are skipped, or fail when `STRATA_REQUIRE_SERVER` is set.
 */
export function describeMariadb(title: string, tests: (database: () => MariadbDatabase) => void): void {
  const missing = findMariadb() === null
  if (missing && process.env['STRATA_REQUIRE_SERVER'])
    throw new Error('no MariaDB was found, and STRATA_REQUIRE_SERVER is set')
  if (missing) console.warn(`${title}: skipped, for there is no MariaDB (mariadb-server) on this machine`)
  describe.skipIf(missing)(`${title} [mariadb]`, () => {
    let made: MariadbDatabase | null = null
    beforeAll(async () => {
      made = await createMariadbDatabase()
    })
    afterAll(() => made?.drop())
    tests(() => {
      if (made === null) throw new Error('the database is there only while a test runs')
      return made
    })
  })
}

let created = 0

/** A new, empty database on the server that all test files of a run share. */
export async function createMariadbDatabase(): Promise<MariadbDatabase> {
  const { port, user, password } = await sharedServer()
  created++
  const name = `test_${process.pid}_${created}_${Math.random().toString(36).slice(2, 8)}`
  const connect = (database: string | undefined) =>
    mysql.createConnection({
      host: '127.0.0.1',
      port,
      user,
      password,
      ...(database !== undefined && { database }),
      charset: 'utf8mb4',
      dateStrings: true,
      supportBigNumbers: true,
      multipleStatements: true,
    })
  const administrator = await connect(undefined)
  await administrator.query(
    `create database ${name}; use ${name}; set session sql_mode = 'ALLOW_INVALID_DATES'`,
  )
  return {
    name,
    address: `mysql://${user}@127.0.0.1:${port}/${name}`,
    credentials: { password },
    async query(sql, values = []) {
      const [rows, fields] = await administrator.query(sql, [...values])
      // Of several statements: as many answers.
      const several =
        Array.isArray(fields) && fields.some((field) => field === undefined || Array.isArray(field))
      const last: unknown = several ? (rows as unknown[]).at(-1) : rows
      return Array.isArray(last) ? (last as readonly MariadbRow[]) : []
    },
    connect: () => connect(name),
    async drop() {
      await administrator.query(`drop database ${name}`)
      await administrator.end()
    },
  }
}

let shared: Promise<MariadbPlace> | null = null

function sharedServer(): Promise<MariadbPlace> {
  shared ??= findShared()
  return shared
}

/** The first to come starts it; it ends with the process that all test files have in common. */
async function findShared(): Promise<MariadbPlace> {
  const forked = process.env['VITEST_POOL_ID'] !== undefined && isMainThread
  const owner = forked ? process.ppid : process.pid
  const folder = join(tmpdir(), `strata-mariadb-${owner}`)
  const place = join(folder, 'place.json')
  try {
    const { port, user, password } = await startMariadb({ folder, owner })
    writeFileSync(`${place}.new`, JSON.stringify({ port, user, password }), { mode: 0o600 })
    renameSync(`${place}.new`, place)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (statSync(folder).uid !== process.getuid?.()) throw new Error(`${folder} is not ours`)
    for (const start = Date.now(); !existsSync(place); await sleep(30))
      if (Date.now() - start > 60_000) throw new Error(`no MariaDB was started in ${folder}: remove it`)
  }
  return JSON.parse(readFileSync(place, 'utf8')) as MariadbPlace
}
