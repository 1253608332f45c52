export { type Cleaned, cleanTarget } from './clean-target.ts'
export { createDataTestExecutor, type DataTestExecutorOptions } from './data-tests/data-test-executor.ts'
export { readFormerRows } from './data-tests/former-rows.ts'
export {
  type KeepContext,
  type KeptRows,
  keepFailingRows,
  readFailingRows,
} from './data-tests/keep-failing-rows.ts'
export { outcomeOf } from './data-tests/outcome.ts'
export type { QuarantineRows } from './data-tests/quarantine-rows.ts'
export { type RunDataTestsOptions, runDataTests } from './data-tests/run-data-tests.ts'
export type { Judged, Verdict } from './data-tests/verdict.ts'
export { type LoadedAt, type Measured, measureLoadedAt } from './freshness/measure-loaded-at.ts'
export { type AskTestsOptions, createAskTests } from './gate/ask-tests.ts'
export type { Instead } from './gate/gate.ts'
export { ensureSchema } from './publish/ensure-schema.ts'
export { createModelExecutor, type ModelExecutorOptions } from './publish/model-executor.ts'
export { type CrashedRun, closeCrashedRuns } from './record/close-crashed-runs.ts'
export { type NodeStatistics, readNodeStatistics } from './record/node-statistics.ts'
export {
  type RecordedStatus,
  type RecordedStep,
  type RunSummary,
  readLastRun,
  readRecordedSteps,
  readRun,
  readRuns,
} from './record/run-history.ts'
export { type RunOptions, run } from './run.ts'
export { readColumns } from './seed/read-columns.ts'
export { createSeedExecutor, type SeedExecutorOptions } from './seed/seed-executor.ts'
export { createSnapshotExecutor, type SnapshotExecutorOptions } from './snapshot/snapshot-executor.ts'
export { columnTypesThere } from './state/column-types-there.ts'
export { foreseeColumns } from './state/foresee-columns.ts'
export { readKnownRelations } from './state/known-relations.ts'
export { readState } from './state/read-state.ts'
export { relationsThere } from './state/relations-there.ts'
export { runnerMigrations } from './state/runner-migrations.ts'
export { stateKey } from './state/state-key.ts'
export type { StoredState } from './state/step-state.ts'
export { type Ask, askOn } from './step-hooks.ts'
export { createUnitTestExecutor, type UnitTestExecutorOptions } from './unit-test/unit-test-executor.ts'
