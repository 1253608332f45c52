import { tzOffset } from '@date-fns/tz'
import type { ChangeColumn, TableJob } from '@strata/core'
import type { ChangeType, ColumnWindow, RowWindow, SourceTable, TableSnapshot } from './table-source.ts'

/** How far each change column has been landed: its greatest believable value, as the source writes it. */
export type ColumnWatermarks = { readonly [column: string]: string }

type Clock = TableSnapshot['clock']

/** The rows beyond the watermarks less the lookback. A column that has none yet selects every row that it has a value for. */
export function incrementWindow(
  job: TableJob,
  table: SourceTable,
  watermarks: ColumnWatermarks,
  clock: Clock,
): RowWindow {
  const { columns, logic, lookbackSeconds, onMissing } = job.watermark!
  return {
    kind: 'changed',
    logic,
    columns: columns.map((column) => {
      const bounded = boundedColumn(column, typeOf(table, column.name), clock)
      const watermark = watermarks[column.name]
      return {
        ...bounded,
        from: watermark === undefined ? null : earlier(watermark, bounded.type, lookbackSeconds),
      }
    }),
    withoutChange: onMissing !== 'exclude',
  }
}

/** The rows that changed within a span of time, by the columns that tell times. ISO 8601, UTC; null: open. Null: there are none. */
export function backfillWindow(
  job: TableJob,
  table: SourceTable,
  span: { readonly since: string | null; readonly until: string | null },
  clock: Clock,
  timeZone: string | null,
): RowWindow | null {
  const columns = job
    .watermark!.columns.map((column) => boundedColumn(column, typeOf(table, column.name), clock))
    .filter(({ type }) => type !== 'number')
    .map((column) => ({
      ...column,
      from: span.since === null ? null : asWritten(span.since, column.type, timeZone),
      until: span.until === null ? null : endAsWritten(span.until, column.type, timeZone),
    }))
  return columns.length === 0
    ? null
    : { kind: 'changed', logic: job.watermark!.logic, columns, withoutChange: false }
}

/** A change column with the values that are believed of it. */
export function boundedColumn(column: ChangeColumn, type: ChangeType, clock: Clock): ColumnWindow {
  const bounds = { name: column.name, type, from: null, until: null }
  if (type === 'number') return { ...bounds, min: numberBound(column.min), max: numberBound(column.max) }
  return {
    ...bounds,
    min: lowest(column.min ?? '1990-01-01', type),
    max: column.max === null ? later(nowOf(clock, type), type, secondsADay) : highest(column.max, type),
  }
}

/** The source's time as a column of the type would have it: no watermark goes beyond it. Null: numbers have no clock. */
export function nowOf(clock: Clock, type: 'date' | 'local_time' | 'instant'): string
export function nowOf(clock: Clock, type: ChangeType): string | null
export function nowOf({ utc, local }: Clock, type: ChangeType): string | null {
  if (type === 'number') return null
  if (type === 'date') return local.slice(0, 10)
  return type === 'instant' ? utc : local
}

export function typeOf(table: SourceTable, name: string): ChangeType {
  const type = table.columns.find((column) => column.name === name)?.change
  if (type === null || type === undefined) throw new Error(`${name} is no column that tells a change`)
  return type
}

const secondsADay = 24 * 60 * 60

/** One of dates, said for all columns of a job, is none for numbers. */
function numberBound(bound: string | null): string | null {
  return bound !== null && /^-?\d+$/.test(bound) ? bound : null
}

/** A bound may be a date where the column has times: it takes in the whole day. */
function lowest(bound: string, type: ChangeType): string {
  return type === 'date' ? bound.slice(0, 10) : withTime(bound, '00:00:00.000000')
}

function highest(bound: string, type: ChangeType): string {
  return type === 'date' ? bound.slice(0, 10) : withTime(bound, '23:59:59.999999')
}

function withTime(bound: string, time: string): string {
  if (bound.length === 10) return `${bound} ${time}`
  const written = bound.replace('T', ' ').replace(/Z$/, '')
  return `${written}${time.slice(written.length - 11)}`.slice(0, 26)
}

function earlier(value: string, type: ChangeType, seconds: number): string {
  return later(value, type, -seconds)
}

/** Some seconds later; of a date, the day on which that is. */
function later(value: string, type: ChangeType, seconds: number): string {
  if (type === 'number') return value
  const time = type === 'date' ? `${value} 00:00:00.000000` : value
  const moved = new Date(Date.parse(`${time.slice(0, 10)}T${time.slice(11, 19)}Z`) + seconds * 1000)
  const text = moved.toISOString()
  return type === 'date' ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 19)}${time.slice(19)}`
}

/** The end of a span: the day within which it lies belongs to it as a whole, as a date says no time. */
function endAsWritten(instant: string, type: ChangeType, timeZone: string | null): string {
  const time = asWritten(instant, 'local_time', timeZone)
  if (type !== 'date') return asWritten(instant, type, timeZone)
  return time.endsWith(' 00:00:00.000000') ? time.slice(0, 10) : later(time.slice(0, 10), 'date', secondsADay)
}

/** An instant as a column of the type would have it. */
function asWritten(instant: string, type: ChangeType, timeZone: string | null): string {
  const utc = new Date(instant)
  const minutes = type === 'instant' || timeZone === null ? 0 : tzOffset(timeZone, utc)
  const text = new Date(utc.getTime() + minutes * 60_000).toISOString()
  return type === 'date' ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 23)}000`
}
