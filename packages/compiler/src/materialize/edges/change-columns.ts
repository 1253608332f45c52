import {
  type ChangeColumnFacts,
  type ChangeColumns,
  type ColumnsReading,
  quoteIdentifier,
  quoteLiteral,
} from '@strata/core'

/** Types of change columns, by `pg_type.typname`; what is not here says nothing of when a row was changed. */
const kinds: { readonly [type: string]: Kind } = {
  timestamptz: 'time',
  timestamp: 'time',
  date: 'time',
  int2: 'number',
  int4: 'number',
  int8: 'number',
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
}

type Kind = 'time' | 'number' | 'text'

export function kindOf(column: ChangeColumnFacts): Kind | null {
  return column.type === null ? null : (kinds[column.type] ?? null)
}

/** The condition on rows that one of the columns calls new, or all of them. */
export function newByColumns({ declared, columns }: ColumnsReading): string {
  const conditions = columns.map((column) => newByColumn(column, declared))
  return `(${conditions.map((condition) => `(${condition})`).join(`\n  ${declared.logic} `)})`
}

/** From the watermark on, for a row that is late may have the same time as one that was in time. */
function newByColumn(column: ChangeColumnFacts, declared: ChangeColumns): string {
  const { from, to } = column
  if (to === undefined) throw new Error(`the bound of ${column.name} has not been looked for`)
  // No value can be believed.
  if (to === null) return 'false'
  const name = comparable(column)
  const conditions = [`${name} <= ${typed(column, to)}`]
  if (from !== null) conditions.unshift(`${name} >= ${behind(column, from, to, declared.lookback)}`)
  if (declared.min !== null) conditions.push(`${name} >= ${typed(column, declared.min)}`)
  return conditions.join(' and ')
}

/** The greatest believable value may have gone since: then rows are read from what is the greatest now. */
function behind(column: ChangeColumnFacts, from: string, to: string, lookback: string | null): string {
  const least = `least(${typed(column, from)}, ${typed(column, to)})`
  if (lookback === null) return least
  switch (kindOf(column)) {
    case 'number':
      return `${least} - ${quoteLiteral(lookback)}::bigint`
    case 'text':
      // The day stands in front in every such form, so that the text of a day comes before all that lies in it.
      return `to_char(left(${least}, 10)::date - ${quoteLiteral(lookback)}::interval, 'YYYY-MM-DD')`
    default:
      return `(${least} - ${quoteLiteral(lookback)}::interval)::${column.type}`
  }
}

/**
 * The condition on rows whose value in the column can be believed: within the bounds that are declared, and not in the
 * future by more than the day that lies between the time zones of this world. The future is that of the database's clock.
 */
export function isBelievable(column: ChangeColumnFacts, { min, max }: ChangeColumns): string {
  const name = comparable(column)
  const kind = kindOf(column)
  const conditions: string[] = []
  if (kind === 'text') conditions.push(`${name} ~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'`)
  if (min !== null) conditions.push(`${name} >= ${typed(column, min)}`)
  if (max !== null) conditions.push(`${name} ${upTo(column, max)}`)
  if (kind === 'time') conditions.push(`${name} <= ${tomorrow(column.type)}`)
  if (kind === 'text')
    conditions.push(`${name} < to_char((now() at time zone 'UTC') + interval '2 days', 'YYYY-MM-DD')`)
  return conditions.length === 0 ? `${name} is not null` : conditions.join(' and ')
}

function tomorrow(type: string | null): string {
  if (type === 'timestamptz') return `now() + interval '1 day'`
  return `((now() at time zone 'UTC') + interval '1 day')::${type}`
}

/** A day without a time means all of it. */
function upTo(column: ChangeColumnFacts, max: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(max)
  const kind = kindOf(column)
  if (isDay && kind === 'text') return `< to_char(${quoteLiteral(max)}::date + 1, 'YYYY-MM-DD')`
  if (isDay && kind === 'time') return `< (${quoteLiteral(max)}::date + 1)::${column.type}`
  return `<= ${typed(column, max)}`
}

/** Texts are compared by their characters, whatever the language of the database. */
function comparable(column: ChangeColumnFacts): string {
  const name = quoteIdentifier(column.name)
  return kindOf(column) === 'text' ? `${name} collate "C"` : name
}

function typed(column: ChangeColumnFacts, value: string): string {
  const literal = `${quoteLiteral(value)}::${column.type}`
  return kindOf(column) === 'text' ? `${literal} collate "C"` : literal
}

/** SELECT list entry that gives the greatest believable value as text; as JSON has it, with microseconds and the time zone. */
export function greatestBelievable(column: ChangeColumnFacts, declared: ChangeColumns, from: string): string {
  return `(select pg_catalog.to_jsonb(pg_catalog.max(${comparable(column)})) #>> '{}' from ${from}\n  where ${isBelievable(column, declared)})`
}

/** SELECT list entry that counts the rows that no increment can ever select. */
export function neverSelected({ declared, columns }: ColumnsReading, from: string): string {
  const believable = columns.map((column) => `(${isBelievable(column, declared)})`)
  return `(select count(*)::int from ${from}\n  where (${believable.join(` ${declared.logic} `)}) is not true)`
}
