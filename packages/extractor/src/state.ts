// What every run needs, also one that lands nothing: a bundle loads the rest of this package with the first job.
export { quarantineRecords } from './landing/quarantine-records.ts'
export { extractorMigrations } from './migrations.ts'
