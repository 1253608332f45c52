export { type ConnectOptions, connect } from './connect.ts'
export { describeServer } from './describe-server.ts'
export {
  type EmbeddedServer,
  type EmbeddedServerOptions,
  ensureEmbeddedServer,
} from './embedded/embedded-server.ts'
export {
  type EmbeddedServerStatus,
  embeddedServerStatus,
  resetEmbeddedServer,
  stopEmbeddedServer,
} from './embedded/stop-embedded-server.ts'
export { type FactsFunction, prepareFactsFunction } from './facts-function.ts'
export { type Component, migrate, migrateAll } from './migrate.ts'
export { assertOwnSchema, lookAtServer } from './own-schema.ts'
export { readCatalog } from './read-catalog.ts'
export { readRelationFacts } from './relation-facts.ts'
export { translateError } from './translate-error.ts'
