export { describeOldestServer, describeServers } from './describe-servers.ts'
export { hasPooler, startPooler, type TestPooler } from './start-pooler.ts'
export { createTestDatabase, type TestContents, type TestDatabase } from './test-database.ts'
export type { TestServer } from './test-servers.ts'
