import type { Database } from '@strata/core'
import { describe, inject } from 'vitest'
import { connect } from '../connect.ts'
import './global-setup.ts'
import type { TestServer } from './test-servers.ts'

export interface TestDatabase {
  readonly url: string
  readonly database: Database
  /** Closes and drops it. */
  drop(): Promise<void>
}

/** Runs the tests once on each server there is; the server's name stands in their titles. */
export function describeServers(title: string, tests: (server: TestServer) => void): void {
  for (const server of inject('servers')) describe(`${title} [${server.name}]`, () => tests(server))
}

/**
 * Long tests of what is the same on each server: on the oldest one there is, and in the long form (`STRATA_SOAK`) on all. The embedded server is
 * what the tests of the command line run on.
 */
export function describeOldestServer(title: string, tests: (server: TestServer) => void): void {
  const servers = inject('servers')
  const oldest = servers.find(({ name }) => name === 'server') ?? servers[0]!
  for (const server of process.env['STRATA_SOAK'] === '1' ? servers : [oldest])
    describe(`${title} [${server.name}]`, () => tests(server))
}

let created = 0

/** A new, empty database. */
export async function createTestDatabase(server: TestServer): Promise<TestDatabase> {
  created++
  const name = `test_${process.pid}_${created}_${Math.random().toString(36).slice(2, 8)}`
  await administer(server, `create database ${name}`)
  // No test takes the power from its server.
  await administer(server, `alter database ${name} set synchronous_commit = off`)
  const url = new URL(server.url)
  url.pathname = `/${name}`
  const database = await connect({ url: url.href, applicationName: 'strata test', maxConnections: 40 })
  return {
    url: url.href,
    database,
    async drop() {
      await database.close()
      await administer(server, `drop database ${name} with (force)`)
    },
  }
}

async function administer(server: TestServer, statement: string): Promise<void> {
  const database = await connect({ url: server.url, applicationName: 'strata test', maxConnections: 1 })
  try {
    await database.query(statement)
  } finally {
    await database.close()
  }
}
