import { describe, inject } from 'vitest'
import './global-setup.ts'
import type { TestServer } from './test-servers.ts'

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
