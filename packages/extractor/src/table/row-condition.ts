import type { ChangeType, ColumnWindow, RowWindow, SourceColumn } from './table-source.ts'

/** How a server writes names and takes values; it collects the values on the way. */
export interface SqlWriter {
  name(column: string): string
  /** A place for a value, as something that compares exactly with a column of that type. */
  value(text: string, type: ChangeType | SourceColumn): string
  /** Whether a column has no value. Not given: where it is null. */
  missing?(column: string): string
}

/** SQL: whether a row is meant. Never null. */
export function windowCondition(window: RowWindow, sql: SqlWriter): string {
  if (window.kind === 'all') return '1 = 1'
  const { columns, logic, withoutChange } = window
  // A comparison with null is null, and `or` and `and` of it may be: a row is meant where it is true.
  const one = columns.map((column) => `(${columnCondition(column, sql)})`)
  const changed = `(${one.join(logic === 'or' ? ' or ' : ' and ')})`
  const missing = `(${columns.map(({ name }) => sql.missing?.(name) ?? `${sql.name(name)} is null`).join(' and ')})`
  return withoutChange ? `(${changed} or ${missing})` : changed
}

function columnCondition({ name, type, from, until, min, max }: ColumnWindow, sql: SqlWriter): string {
  const compared = (operator: string, bound: string | null) =>
    bound === null ? [] : [`${sql.name(name)} ${operator} ${sql.value(bound, type)}`]
  const conditions = [
    // The server may use an index for the greater of two lower bounds alone.
    ...compared('>=', greater(from, min, type)),
    ...compared('<=', max),
    ...compared('<', until),
  ]
  return conditions.length === 0 ? `${sql.name(name)} is not null` : conditions.join(' and ')
}

/** Of two texts of a change type, either of which may be missing. */
export function greater(one: string | null, other: string | null, type: ChangeType): string | null {
  if (one === null || other === null) return one ?? other
  return compareChanges(one, other, type) >= 0 ? one : other
}

/** Their order, as the source has it. */
export function compareChanges(one: string, other: string, type: ChangeType): number {
  if (type !== 'number') return one < other ? -1 : one > other ? 1 : 0
  const [a, b] = [BigInt(one), BigInt(other)]
  return a < b ? -1 : a > b ? 1 : 0
}

/** SQL: whether a row lies behind a key, in a form in which an index on the first columns is used. */
export function behindKey(key: readonly SourceColumn[], after: readonly string[], sql: SqlWriter): string {
  const compared = (index: number, operator: string) =>
    `${sql.name(key[index]!.name)} ${operator} ${sql.value(after[index]!, key[index]!)}`
  const steps = key.map((_, depth) => {
    const equal = Array.from({ length: depth }, (_unused, index) => compared(index, '='))
    return `(${[...equal, compared(depth, '>')].join(' and ')})`
  })
  return key.length === 1 ? steps[0]! : `(${compared(0, '>=')} and (${steps.join(' or ')}))`
}
