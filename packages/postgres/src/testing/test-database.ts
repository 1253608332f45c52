import type { Database } from '@strata/core'
import { connect } from '../connect.ts'
import type { TestServer } from './test-servers.ts'

export interface TestDatabase {
  readonly url: string
  readonly database: Database
  /** Closes and drops it. */
  drop(): Promise<void>
}

/** What a new database has from the start. It is made once for all tests of a run, and copied. */
export interface TestContents {
  /** A word. */
  readonly name: string
  readonly fill: (database: Database) => Promise<void>
}

let created = 0

/** A new database, empty where no contents are given. */
export async function createTestDatabase(server: TestServer, contents?: TestContents): Promise<TestDatabase> {
  created++
  const name = `test_${process.pid}_${created}_${Math.random().toString(36).slice(2, 8)}`
  await administer(server, async (administrator) => {
    const template =
      contents === undefined ? '' : ` template ${await ensureTemplate(server, administrator, contents)}`
    await administrator.query(`create database ${name}${template}`)
    // No test takes the power from its server.
    await administrator.query(`alter database ${name} set synchronous_commit = off`)
  })
  const url = urlOf(server, name)
  const database = await connect({ url, applicationName: 'strata test', maxConnections: 40 })
  return {
    url,
    database,
    async drop() {
      await database.close()
      await administer(server, (administrator) => administrator.query(`drop database ${name} with (force)`))
    },
  }
}

/** The workers of a run have one parent. */
async function ensureTemplate(
  server: TestServer,
  administrator: Database,
  { name, fill }: TestContents,
): Promise<string> {
  const template = `${templatesOf(process.ppid)}${name}`
  await administrator.session(async (session) => {
    await session.query('select pg_advisory_lock(hashtext(current_database()))')
    const { rowCount } = await session.query({
      text: 'select from pg_database where datname = $1',
      values: [template],
    })
    if (rowCount === 0) {
      await session.query(`create database ${template}_new`)
      const database = await connect({
        url: urlOf(server, `${template}_new`),
        applicationName: 'strata test',
        maxConnections: 1,
      })
      await fill(database)
      await database.close()
      await session.query(`alter database ${template}_new rename to ${template}`)
    }
    await session.query('select pg_advisory_unlock(hashtext(current_database()))')
  })
  return template
}

/** Drops what a test run has made to copy from. */
export async function dropTemplates(server: TestServer): Promise<void> {
  await administer(server, async (administrator) => {
    const { rows } = await administrator.query<{ name: string }>({
      text: 'select datname as name from pg_database where starts_with(datname, $1)',
      values: [templatesOf(process.pid)],
    })
    for (const { name } of rows) await administrator.query(`drop database ${name} with (force)`)
  })
}

function templatesOf(run: number): string {
  return `template_${run}_`
}

function urlOf(server: TestServer, database: string): string {
  const url = new URL(server.url)
  url.pathname = `/${database}`
  return url.href
}

async function administer(
  server: TestServer,
  work: (administrator: Database) => Promise<unknown>,
): Promise<void> {
  const administrator = await connect({ url: server.url, applicationName: 'strata test', maxConnections: 1 })
  try {
    await work(administrator)
  } finally {
    await administrator.close()
  }
}
