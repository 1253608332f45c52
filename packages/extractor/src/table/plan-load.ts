import { createHash } from 'node:crypto'
import {
  type ChangeColumn,
  ConfigurationError,
  type FileJob,
  type SourceError,
  type TableJob,
} from '@strata/core'
import { jobIdentity, keyColumnNames } from '../job-identity.ts'
import { badBound, changeColumnMissing, excludedMissing, keyMissing, spanUnknown } from './load-failures.ts'
import { describeNear } from './near-names.ts'
import { backfillWindow, incrementWindow, typeOf } from './row-window.ts'
import { describeReshaped, shapeOf } from './table-shape.ts'
import type { ChangeType, RowWindow, SourceColumn, SourceTable, TableSnapshot } from './table-source.ts'
import type { TableState } from './table-state.ts'

/** What a load is to read, and why. */
export interface LoadPlan {
  readonly kind: 'full' | 'increment' | 'backfill' | 'unchanged'
  readonly window: RowWindow
  /** Columns that are read, in the order of the table; those of the key, in the order of the key. */
  readonly columns: readonly SourceColumn[]
  readonly key: readonly SourceColumn[]
  /** The change columns that are there, most reliable first. */
  readonly changes: readonly string[]
  /** What the keys, or the rows, of everything are compared for in the end; null: only the window is. */
  readonly sweep: 'keys' | 'rows' | null
  /** Why everything is read though increments are declared. */
  readonly fallback: string | null
  /** The same as long as the same is asked for: a load that was cut off goes on where it stood. */
  readonly question: string
  /** What is the same as long as a complete load need not be repeated: of files their content, of a table what is asked of it. */
  readonly fingerprint: string | null
}

export interface PlanLoadOptions {
  readonly job: TableJob | FileJob
  readonly table: SourceTable
  readonly state: TableState
  readonly clock: TableSnapshot['clock']
  readonly timeZone: string | null
  readonly fullRefresh: boolean
  readonly span: { readonly since: string | null; readonly until: string | null } | null
  /** Whether bronze holds any row of the instance. */
  readonly hasRows: boolean
}

/** Decides what a load reads. Throws `SourceError` where a column of the job is not there, `ConfigurationError` `NO_CURSOR`, `BAD_BOUNDS`. */
export function planLoad(options: PlanLoadOptions): LoadPlan {
  const { job, table, state, span } = options
  const key = keyColumnNames(job).map((name) => keyColumn(options, name))
  const excluded = new Set(job.kind === 'table' ? job.excludeColumns : [])
  for (const name of excluded)
    if (!table.columns.some((column) => column.name === name)) throw excludedMissing(job, name, table)
  const columns = table.columns.filter((column) => !excluded.has(column.name) || key.includes(column))
  const watermark = job.kind === 'table' ? job.watermark : null
  const shape = job.kind === 'table' ? shapeOf(job, columns, options.timeZone) : null
  const fallback = watermark === null || job.kind === 'file' ? null : whyEverything(job, options, shape)
  const changes = (watermark?.columns ?? [])
    .map(({ name }) => name)
    .filter((name) => table.columns.some((column) => column.name === name && column.change !== null))
  for (const column of watermark?.columns ?? [])
    if (changes.includes(column.name)) refuseBounds(job, column, typeOf(table, column.name))
  const common = { columns, key, changes, fallback, fingerprint: shape ?? table.fingerprint }
  const plan = (kind: LoadPlan['kind'], window: RowWindow, sweep: LoadPlan['sweep']): LoadPlan => ({
    ...common,
    kind,
    window,
    sweep,
    question: questionOf(job, common, kind, options),
  })
  if (span !== null) return plan('backfill', windowOfSpan(options, span), null)
  if (watermark === null || job.kind === 'file') {
    const same = table.fingerprint !== null && table.fingerprint === state.fingerprint
    const unchanged = same && options.hasRows && !options.fullRefresh
    return plan(unchanged ? 'unchanged' : 'full', { kind: 'all' }, 'keys')
  }
  if (options.fullRefresh || fallback !== null || state.watermarks === null)
    return plan('full', { kind: 'all' }, 'keys')
  const due =
    job.sweep !== null &&
    (state.secondsSinceSweep === null || state.secondsSinceSweep >= job.sweep.everySeconds)
  const window = incrementWindow(job, table, state.watermarks, options.clock)
  return plan('increment', window, due ? job.compare : null)
}

function keyColumn({ job, table }: PlanLoadOptions, name: string): SourceColumn {
  const column = table.columns.find((one) => one.name === name)
  if (column === undefined) throw keyMissing(job, name, table) satisfies SourceError
  return column
}

/** Why the watermarks cannot be used; null: they can. A change column that has never been there is a slip of the pen, and no reason. */
function whyEverything(
  job: TableJob,
  { table, state, hasRows }: PlanLoadOptions,
  shape: string | null,
): string | null {
  for (const { name } of job.watermark!.columns)
    if (!table.columns.some((column) => column.name === name) && !(name in (state.watermarks ?? {})))
      throw changeColumnMissing(job, name, table)
  const unusable = whyUnusable(job, table)
  if (unusable !== null) return unusable
  if (state.watermarks === null) return null
  if (!hasRows) return 'bronze was emptied'
  // What landed before has it otherwise, and no change column tells of that.
  return state.fingerprint === null || shape === null ? null : describeReshaped(state.fingerprint, shape)
}

function whyUnusable(job: TableJob, table: SourceTable): string | null {
  for (const { name } of job.watermark!.columns) {
    const column = table.columns.find((one) => one.name === name)
    if (column === undefined)
      return `the change column ${name} is not there (${describeNear(
        name,
        table.columns.map((one) => one.name),
      )})`
    if (column.change === null)
      return `the change column ${name} is a ${column.type}, which cannot be compared`
  }
  return null
}

function refuseBounds(job: TableJob | FileJob, { name, min, max }: ChangeColumn, type: ChangeType): void {
  for (const bound of [min, max]) {
    if (bound === null || isDate.test(bound) || (type === 'number' && /^-?\d+$/.test(bound))) continue
    throw badBound(job, name, bound, type)
  }
}

const isDate = /^\d{4}-\d{2}-\d{2}([ T]\d{2}(:\d{2}(:\d{2}(\.\d{1,6})?)?)?Z?)?$/

function windowOfSpan(
  { job, table, clock, timeZone }: PlanLoadOptions,
  span: NonNullable<PlanLoadOptions['span']>,
): RowWindow {
  const unusable = job.kind === 'table' && job.watermark !== null ? whyUnusable(job, table) : null
  if (unusable !== null) throw spanUnknown(job, unusable) satisfies SourceError
  const window =
    job.kind === 'table' && job.watermark !== null ? backfillWindow(job, table, span, clock, timeZone) : null
  if (window !== null) return window
  throw new ConfigurationError({
    code: 'NO_CURSOR',
    message: `${jobIdentity(job)} has no change column that tells a time`,
    hint: 'land it whole, with `models extract --full-refresh`',
  })
}

function questionOf(
  job: TableJob | FileJob,
  { columns, key }: Pick<LoadPlan, 'columns' | 'key'>,
  kind: LoadPlan['kind'],
  { state, timeZone }: PlanLoadOptions,
): string {
  const asked = {
    kind,
    key: key.map(({ name, type }) => [name, type]),
    columns: columns.map(({ name }) => name),
    relation: job.kind === 'table' ? job.relation : job.files,
    watermark: job.kind === 'table' ? job.watermark : null,
    watermarks: kind === 'increment' ? state.watermarks : null,
    timeZone,
  }
  return hashOf(asked)
}

function hashOf(asked: object): string {
  return createHash('md5').update(JSON.stringify(asked)).digest('hex')
}
