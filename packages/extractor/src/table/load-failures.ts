import type { FileJob, TableJob } from '@strata/core'
import { ConfigurationError, formatCount, SourceError } from '@strata/core'
import { jobIdentity } from '../job-identity.ts'
import type { KeyComparison } from './compare-keys.ts'
import { describeNear } from './near-names.ts'
import type { ChangeType, SourceTable } from './table-source.ts'

type Loaded = TableJob | FileJob

export function keyMissing(job: Loaded, column: string, table: SourceTable): SourceError {
  const names = table.columns.map(({ name }) => name)
  return new SourceError({
    code: 'SOURCE_KEY_MISSING',
    message: `${jobIdentity(job)} has no column ${column}, which is to tell its rows apart`,
    hint:
      // What stands in the first line of a file may be no names, but values.
      job.kind === 'file' && job.columns === null
        ? 'correct key: of the job; where the first line of the file holds no names, write them into columns:'
        : `correct key: of the job, where upper and lower case differ too; ${describeNear(column, names)}`,
  })
}

export function changeColumnMissing(job: Loaded, column: string, table: SourceTable): SourceError {
  return new SourceError({
    code: 'SOURCE_COLUMN_MISSING',
    message: `${jobIdentity(job)} has no column ${column}, which is to tell of its changes`,
    hint: `correct columns: of its watermark, where upper and lower case differ too; ${describeNear(
      column,
      table.columns.map(({ name }) => name),
    )}`,
  })
}

/** It may be there under another name, and was left out for a reason. */
export function excludedMissing(job: Loaded, column: string, table: SourceTable): SourceError {
  return new SourceError({
    code: 'SOURCE_COLUMN_MISSING',
    message: `${jobIdentity(job)} has no column ${column}, which is to be left out`,
    hint: `correct exclude_columns: of the job, where upper and lower case differ too; ${describeNear(
      column,
      table.columns.map(({ name }) => name),
    )}`,
  })
}

export function spanUnknown(job: Loaded, why: string): SourceError {
  return new SourceError({
    code: 'SOURCE_COLUMN_MISSING',
    message: `${jobIdentity(job)} cannot be filled in for a span of time: ${why}`,
    hint: 'correct columns: of its watermark, or land it whole, with `models extract --full-refresh`',
  })
}

export function badBound(job: Loaded, column: string, bound: string, type: ChangeType): ConfigurationError {
  return new ConfigurationError({
    code: 'BAD_BOUNDS',
    message: `${jobIdentity(job)}: the change column ${column} holds ${type === 'number' ? 'numbers' : 'times'}, and its bound ${bound} is ${type === 'number' ? 'no whole number' : 'no date'}`,
    hint: `correct min: and max: of the watermark, or say them for this column alone: { name: ${column}, ${type === 'number' ? 'min: 0' : 'min: 2000-01-01'} }`,
  })
}

export function keyNotUnique(job: Loaded, { rows, keys, duplicates }: KeyComparison): SourceError {
  return new SourceError({
    code: 'SOURCE_KEY_NOT_UNIQUE',
    message: `${jobIdentity(job)}: the key is not unique: ${of(rows, 'row')}, and ${of(keys, 'different key')}${sample(job, '; more than one row has ', duplicates)}`,
    hint: 'add to key: of the job the column that tells these rows apart',
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
    message: `${jobIdentity(job)} instance ${instance}: of ${of(rows, 'row')} that the source gives ${formatCount(missing)} ${missing === 1 ? 'is' : 'are'} not in ${job.target.schema}.${job.target.name}${sample(job, ': ', missingKeys)}`,
    hint: 'no watermark was moved: the next load reads the same rows; on_mismatch: full_load reads everything at once',
  })
}

export function countsDiffer(job: Loaded, instance: string, counted: number, read: number): SourceError {
  return new SourceError({
    code: 'SOURCE_COUNT_DIFFERS',
    message: `${jobIdentity(job)} instance ${instance}: the source counts ${of(counted, 'row')} and gives ${formatCount(read)}`,
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
  return `${formatCount(number)} ${what}${number === 1 ? '' : 's'}`
}
