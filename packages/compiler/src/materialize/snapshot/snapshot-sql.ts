import { quoteIdentifier, quoteLiteral, type SnapshotStep } from '@strata/core'

/** What helps to compare is called so, and never stays. A row is found by its table as well: a history may have partitions. */
export const helpers = {
  source: 'strata_source',
  table: 'strata_table',
  row: 'strata_row',
  from: 'strata_from',
} as const

/** Words that look like columns, and are none. */
const functionWords = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
  'null',
])

/** A name of a column as Postgres takes it, quoted; all else is an expression. */
export function asSql(written: string): string {
  const text = written.trim()
  const name = text.toLowerCase()
  if (/^[a-z_][a-z0-9_$]*$/.test(name) && !functionWords.has(name)) return quoteIdentifier(name)
  return /^"(?:[^"]|"")+"$/.test(text) ? text : `(${text})`
}

/** The column that is named, as the catalog has it; null: it is an expression. */
export function plainColumn(written: string): string | null {
  const sql = asSql(written)
  return sql.startsWith('(') ? null : sql.slice(1, -1).replaceAll('""', '"')
}

/** Whether every part of the key is a column. */
export function hasPlainKey({ settings }: SnapshotStep): boolean {
  return settings.uniqueKey.every((part) => !asSql(part).startsWith('('))
}

/** The parts of the key as columns `strata_key_1`, … of a relation that is read. */
export function keyColumns({ settings }: SnapshotStep): string {
  return settings.uniqueKey.map((part, index) => `${asSql(part)} as ${keyName(index)}`).join(', ')
}

export function keyNames({ settings }: SnapshotStep, of = ''): readonly string[] {
  return settings.uniqueKey.map((_, index) => `${of}${keyName(index)}`)
}

export function sameKey(step: SnapshotStep): string {
  return keyNames(step)
    .map((name) => `t.${name} = s.${name}`)
    .join(' and ')
}

function keyName(index: number): string {
  return `strata_key_${index + 1}`
}

/** When the source says that a row was changed; null: it does not say. */
export function updatedAtOf({ settings: { strategy } }: SnapshotStep): string | null {
  if (strategy.kind === 'custom' || strategy.updatedAt === null) return null
  return asSql(strategy.updatedAt)
}

/** As dbt computes the ids of versions, so that those of a history are of one kind. */
export function scdId(parts: readonly string[]): string {
  return `pg_catalog.md5(${parts.map((part) => `coalesce(cast(cast(${part} as varchar) as text), '')`).join(" || '|' || ")})`
}

/** The moment at which the step looks, as SQL. It is asked for once the lock is held: the transaction may have waited. */
export const askForNow = "select (clock_timestamp() at time zone 'UTC')::text as now"

export function timestampLiteral(now: unknown): string {
  return `${quoteLiteral(String(now))}::timestamp`
}

/** What marks the rows that are current now, beside NULL. */
export function currentMark({ settings: { validToCurrent } }: SnapshotStep): string | null {
  if (validToCurrent === null) return null
  return bareLiteral(validToCurrent) ?? `(${validToCurrent.trim()})`
}

/** The condition on rows of the table that are current; `of` is put before the column. */
export function isCurrent(step: SnapshotStep, of = ''): string {
  const validTo = `${of}${quoteIdentifier(step.settings.columns.validTo)}`
  const mark = currentMark(step)
  return mark === null ? `${validTo} is null` : `(${validTo} is null or ${validTo} = ${mark})`
}

/** Whether the condition holds nothing that depends on the session, so that an index can have it. */
export function canBeIndexed(step: SnapshotStep): boolean {
  const { validToCurrent } = step.settings
  return hasPlainKey(step) && (validToCurrent === null || bareLiteral(validToCurrent) !== null)
}

/** The literal of `'9999-12-31'::timestamp`, `timestamp '9999-12-31'` or `cast('9999-12-31' as date)`: it becomes what the column is. */
function bareLiteral(expression: string): string | null {
  const type = '(?:date|timestamp(?:tz)?|timestamp with(?:out)? time zone)'
  const literal = "('[^']*')"
  const forms = [
    `^${literal}(?:\\s*::\\s*${type})?$`,
    `^${type}\\s*${literal}$`,
    `^cast\\s*\\(\\s*${literal}\\s+as\\s+${type}\\s*\\)$`,
  ]
  for (const form of forms) {
    const found = new RegExp(form, 'i').exec(expression.trim())
    if (found !== null) return found[1]!
  }
  return null
}

/** Whether a row is the record of a deletion. Tables of other databases have a boolean there. */
export function isDeletion({ settings }: SnapshotStep, of: string): string {
  return `lower(${of}${quoteIdentifier(settings.columns.isDeleted)}::text) is not distinct from 'true'`
}

export function quoted(columns: readonly string[], of = ''): readonly string[] {
  return columns.map((column) => `${of}${quoteIdentifier(column)}`)
}
