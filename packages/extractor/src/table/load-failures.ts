import type { FileJob, TableJob } from '@strata/core'
import { SourceError } from '@strata/core'
import { jobIdentity } from '../job-identity.ts'
import type { KeyComparison } from './compare-keys.ts'
import type { SourceTable } from './table-source.ts'

type Loaded = TableJob | FileJob

export function keyMissing(job: Loaded, column: string, table: SourceTable): SourceError {
  const names = table.columns.map(({ name }) => name)
  return new SourceError({
    code: 'SOURCE_KEY_MISSING',
    message: `${jobIdentity(job)} has no column ${column}, which is to tell its rows apart`,
    hint: `correct key: of the job; there is ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', …' : ''}`,
  })
}

export function keyNotUnique(job: Loaded, { rows, keys, duplicates }: KeyComparison): SourceError {
  return new SourceError({
    code: 'SOURCE_KEY_NOT_UNIQUE',
    message: `${jobIdentity(job)}: ${count(rows)} rows have ${count(keys)} keys; several have ${sample(duplicates)}`,
    hint: 'add to key: of the job what tells these rows apart',
  })
}

/** The load came to its end, and bronze does not have what the source gives. */
export function rowsMissing(
  job: Loaded,
  instance: string,
  { rows, missing, missingKeys }: KeyComparison,
): SourceError {
  return new SourceError({
    code: 'SOURCE_ROWS_MISSING',
    message: `${jobIdentity(job)} instance ${instance}: of ${count(rows)} rows that the source gives ${count(missing)} are not in ${job.target.schema}.${job.target.name}: ${sample(missingKeys)}`,
    hint: 'no watermark was moved: the next load reads the same rows; on_mismatch: full_load reads everything at once',
  })
}

export function countsDiffer(job: Loaded, instance: string, counted: number, read: number): SourceError {
  return new SourceError({
    code: 'SOURCE_COUNT_DIFFERS',
    message: `${jobIdentity(job)} instance ${instance}: the source counts ${count(counted)} rows and gives ${count(read)}`,
    hint: 'its engine may give no consistent snapshot (MyISAM, say), or an index is damaged; no watermark was moved',
  })
}

export function changeMissing(job: TableJob, rows: number): SourceError {
  return new SourceError({
    code: 'SOURCE_CURSOR_MISSING',
    message: `${jobIdentity(job)}: ${count(rows)} rows have no value in any change column`,
    hint: 'the job says on_cursor_value_missing: raise; include asks for them with each load, exclude leaves them to the next sweep',
  })
}

function sample(keys: readonly string[]): string {
  return keys.length === 0 ? '…' : keys.join(', ')
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
