import type { TestProject } from 'vitest/node'
import { dropTemplates } from './test-database.ts'
import { startTestServers, type TestServer } from './test-servers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    servers: readonly TestServer[]
  }
}

/** Starts the servers once for all test files, and hands their addresses over. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { servers, stop } = await startTestServers(process.env)
  project.provide('servers', servers)
  return async () => {
    await Promise.all(servers.map(dropTemplates))
    await stop()
  }
}
