export { createJobExecutor, type JobExecutorOptions } from './create-job-executor.ts'
export { defaultRetryPolicy, type RetryPolicy } from './http/instance-client.ts'
export { ensureLanding, type LandingDeclaration } from './landing/ensure-landing.ts'
export { extractorMigrations } from './migrations.ts'
