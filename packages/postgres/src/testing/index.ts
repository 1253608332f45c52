export { createTestDatabase, describeServers, type TestDatabase } from './describe-servers.ts'
export type { TestServer } from './test-servers.ts'
