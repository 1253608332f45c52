export {
  createTestDatabase,
  describeOldestServer,
  describeServers,
  type TestDatabase,
} from './describe-servers.ts'
export { hasPooler, startPooler, type TestPooler } from './start-pooler.ts'
export type { TestServer } from './test-servers.ts'
