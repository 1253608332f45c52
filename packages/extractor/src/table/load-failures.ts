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
    message: `${jobIdentity(job)}: ${count(rows)} rows have ${of(keys, 'key')}${sample(job, '; several have ', duplicates)}`,
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
    message: `${jobIdentity(job)} instance ${instance}: of ${of(rows, 'row')} that the source gives ${count(missing)} ${missing === 1 ? 'is' : 'are'} not in ${job.target.schema}.${job.target.name}${sample(job, ': ', missingKeys)}`,
    hint: 'no watermark was moved: the next load reads the same rows; on_mismatch: full_load reads everything at once',
  })
}

export function countsDiffer(job: Loaded, instance: string, counted: number, read: number): SourceError {
  return new SourceError({
    code: 'SOURCE_COUNT_DIFFERS',
    message: `${jobIdentity(job)} instance ${instance}: the source counts ${of(counted, 'row')} and gives ${count(read)}`,
    hint: 'an index of it may be damaged, or its rows changed while they were read; no watermark was moved',
  })
}

export function changeMissing(job: TableJob, rows: number): SourceError {
  return new SourceError({
    code: 'SOURCE_CURSOR_MISSING',
    message: `${jobIdentity(job)}: ${of(rows, 'row')} ${rows === 1 ? 'has' : 'have'} no value in any change column`,
    hint: 'the job says on_cursor_value_missing: raise; include asks for them with each load, exclude leaves them to the next sweep',
  })
}

function sample(job: Loaded, before: string, keys: readonly string[]): string {
  return keys.length === 0 || job.keysAreRestricted ? '' : before + keys.join(', ')
}

function of(number: number, what: string): string {
  return `${count(number)} ${what}${number === 1 ? '' : 's'}`
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
