export { type Cleaned, cleanTarget } from './clean-target.ts'
export { type CrashedRun, closeCrashedRuns } from './close-crashed-runs.ts'
export { createDataTestExecutor, type DataTestExecutorOptions } from './data-test-executor.ts'
export { ensureSchema } from './ensure-schema.ts'
export { readKnownRelations } from './known-relations.ts'
export { createModelExecutor, type ModelExecutorOptions } from './model-executor.ts'
export { type NodeStatistics, readNodeStatistics } from './node-statistics.ts'
export { readState } from './read-state.ts'
export { relationsThere } from './relations-there.ts'
export { type RunOptions, run } from './run.ts'
export {
  type RecordedStatus,
  type RecordedStep,
  type RunSummary,
  readLastRun,
  readRecordedSteps,
  readRun,
  readRuns,
} from './run-history.ts'
export { runnerMigrations } from './runner-migrations.ts'
export { createSeedExecutor, type SeedExecutorOptions } from './seed/seed-executor.ts'
export { stateKey } from './state-key.ts'
export { type Ask, askOn } from './step-hooks.ts'
export type { StoredState } from './step-state.ts'
