import type { Database } from '@strata/core'
import { migrate } from '@strata/postgres'
import {
  createTestDatabase,
  describeOldestServer,
  describeServers,
  type TestDatabase,
  type TestServer,
} from '@strata/postgres/testing'
import { afterAll, beforeAll } from 'vitest'
import { extractorMigrations } from '../index.ts'

/** Runs the tests on every server there is, each time on a migrated database of their own. */
export function describeDatabases(title: string, tests: DatabaseTests): void {
  describeServers(title, (server) => onDatabase(server, tests))
}

/** As `describeOldestServer`: for long tests of what is the same on each server. */
export function describeOldestDatabase(title: string, tests: DatabaseTests): void {
  describeOldestServer(title, (server) => onDatabase(server, tests))
}

type DatabaseTests = (database: () => Database, server: string) => void

function onDatabase(server: TestServer, tests: DatabaseTests): void {
  let made: TestDatabase | null = null
  beforeAll(async () => {
    made = await createTestDatabase(server)
    await migrate(made.database, 'extractor', extractorMigrations)
  })
  afterAll(() => made?.drop())
  tests(() => {
    if (made === null) throw new Error('the database is there only while a test runs')
    return made.database
  }, server.name)
}
