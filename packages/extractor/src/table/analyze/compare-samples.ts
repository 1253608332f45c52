import type { CatalogColumn, HashedRow, SourceClock } from './analyzed-server.ts'

/** Of sampled rows that changed between two readings, how many a column told of. */
export interface ColumnMisses {
  readonly name: string
  readonly changed: number
  /** Rows that changed, and of which it did not tell. */
  readonly missed: number
}

export interface SampleComparison {
  /** Rows that were read twice. */
  readonly compared: number
  readonly changed: number
  /** Rows that are there no more. */
  readonly gone: number
  /** Rows that were not there; null: not known, for not all rows are in the sample. */
  readonly added: number | null
  readonly columns: readonly ColumnMisses[]
}

export interface TimedSample {
  readonly rows: readonly HashedRow[]
  readonly clock: SourceClock
  readonly complete: boolean
}

/** Seconds by which the clocks of those who write may differ from that of the server. */
export const clockSkew = 300

/**
 * A column tells of a change when its value lies between the two readings afterwards, give or take the skew: then an increment that begins
 * at the first one takes the row in. A number tells of it when it grew. `after`: the rows of the first sample as they are now.
 */
export function compareSamples(
  before: TimedSample,
  after: TimedSample,
  columns: readonly CatalogColumn[],
): SampleComparison {
  const now = new Map(after.rows.map((row) => [row.key, row]))
  const known = new Set(before.rows.map(({ key }) => key))
  const changed = before.rows.flatMap((old) => {
    const row = now.get(old.key)
    return row !== undefined && row.hash !== old.hash ? [{ old, row }] : []
  })
  const compared = before.rows.filter(({ key }) => now.has(key)).length
  const watched = columns.filter(({ name }) => before.rows.every(({ changes }) => name in changes))
  return {
    compared,
    changed: changed.length,
    gone: before.rows.length - compared,
    added: before.complete && after.complete ? after.rows.filter(({ key }) => !known.has(key)).length : null,
    columns: watched.map((column) => ({
      name: column.name,
      changed: changed.length,
      missed: changed.filter(
        ({ old, row }) =>
          !tells(
            column,
            old.changes[column.name] ?? null,
            row.changes[column.name] ?? null,
            before.clock,
            after.clock,
          ),
      ).length,
    })),
  }
}

function tells(
  { change }: CatalogColumn,
  old: string | null,
  value: string | null,
  from: SourceClock,
  until: SourceClock,
): boolean {
  if (value === null) return false
  if (change === 'number') return old === null || BigInt(value) > BigInt(old)
  const clockOf = ({ utc, local }: SourceClock) => (change === 'instant' ? utc : local)
  // Where the value stayed what it was, luck alone may have put it near: it must be from the time of the first reading itself.
  const least = value === old ? clockOf(from).slice(0, 19) : moved(clockOf(from), -clockSkew)
  const most = moved(clockOf(until), clockSkew)
  const digits = change === 'date' ? 10 : 19
  const shown = value.slice(0, digits)
  return shown >= least.slice(0, digits) && shown <= most.slice(0, digits)
}

function moved(clock: string, seconds: number): string {
  const time = new Date(Date.parse(`${clock.slice(0, 19).replace(' ', 'T')}Z`) + seconds * 1_000)
  return time.toISOString().slice(0, 19).replace('T', ' ')
}
