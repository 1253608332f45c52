export { type ConnectOptions, connect } from './connect.ts'
export { describeServer } from './describe-server.ts'
export {
  type EmbeddedServer,
  type EmbeddedServerOptions,
  type EmbeddedServerStatus,
  embeddedServerStatus,
  ensureEmbeddedServer,
  resetEmbeddedServer,
  stopEmbeddedServer,
} from './embedded/embedded-server.ts'
export { migrate } from './migrate.ts'
export { readRelationFacts } from './relation-facts.ts'
export { translateError } from './translate-error.ts'
