export { createJobExecutor, type JobExecutorOptions } from './create-job-executor.ts'
export { defaultRetryPolicy, type RetryPolicy } from './http/instance-client.ts'
export { placeOf, readsIncrements } from './job-identity.ts'
export { ensureLanding, type LandingDeclaration } from './landing/ensure-landing.ts'
export { ensureTables } from './landing/ensure-tables.ts'
export { describeEtlViews } from './landing/etl-views.ts'
export { type LastWalk, readLastWalk } from './landing/last-walk.ts'
export { publicAddress } from './landing/public-address.ts'
export { quarantineRecords } from './landing/quarantine-records.ts'
export { extractorMigrations } from './migrations.ts'
export { compareFields, type FieldComparison } from './probe/compare-fields.ts'
export type { EndpointFacts } from './probe/endpoint-facts.ts'
export { fieldsRead } from './probe/fields-read.ts'
export { type JobProbe, probeJobs } from './probe/probe-jobs.ts'
export type { LetterFilter } from './replay/letter-filter.ts'
export { dismissLetters, type OpenLetters, readOpenLetters } from './replay/open-letters.ts'
export {
  foreseeReplay,
  type ReplayOptions,
  type ReplayOutcome,
  replayLetters,
} from './replay/replay-letters.ts'
export { closeStuckRuns, type StuckRun } from './status/close-stuck-runs.ts'
export {
  countLandedRecords,
  type FailingSlice,
  type LandedRecords,
  readFailingSlices,
} from './status/job-details.ts'
export type { JobInstance } from './status/job-instance.ts'
export {
  type JobRunSummary,
  type JobStatistics,
  readJobRuns,
  readJobStatistics,
} from './status/read-job-runs.ts'
export { type JobStatus, type LastRun, readJobStatus, type SliceCounts } from './status/read-job-status.ts'
export {
  type ChangeColumnStatus,
  type LoadStatistics,
  readTableStatus,
  type TableStatus,
} from './status/read-table-status.ts'
export { analyzeSource, type SourceAnalysis } from './table/analyze/analyze-source.ts'
export type { AnalyzedServer } from './table/analyze/analyzed-server.ts'
export type { ColumnMisses } from './table/analyze/compare-samples.ts'
export { openMysqlServer } from './table/analyze/mysql-server.ts'
export { openPostgresServer } from './table/analyze/postgres-server.ts'
export type { TableProposal } from './table/analyze/propose-table.ts'
export { type TableVerification, verifySource } from './table/analyze/verify-source.ts'
export { openCsvSource } from './table/csv/open-csv-source.ts'
export { openMysqlSource } from './table/mysql/open-mysql-source.ts'
export { openPostgresSource } from './table/postgres/open-postgres-source.ts'
export type { TableSource } from './table/table-source.ts'
export { takeOver } from './take-over/take-over.ts'
export type {
  StepReport,
  TableReport,
  TakeOverOptions,
  TakeOverReport,
} from './take-over/take-over-options.ts'
