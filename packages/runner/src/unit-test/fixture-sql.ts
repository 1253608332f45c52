import { type Fixture, quoteIdentifier, StrataError, type UnitTestInput } from '@strata/core'
import { type MarkedSql, markedSql } from './marked-sql.ts'
import { valueText } from './value-text.ts'

export interface TypedColumn {
  readonly name: string
  /** As SQL. */
  readonly type: string
}

/** Adds the SELECT of an input's rows. Throws `StrataError` for a column that the relation does not have. */
export function addFixture(sql: MarkedSql, input: UnitTestInput, columns: readonly TypedColumn[]): MarkedSql {
  const { fixture, label } = input
  if (fixture.kind === 'sql') return sql.add(fixture.sql.trim().replace(/(\s*;)+$/, ''))
  if (columns.length === 0) return sql.add(fixture.rows.length === 0 ? 'select where false' : 'select')
  if (fixture.rows.length === 0) return sql.add(emptySelect(columns))
  const places = matchColumns(fixture, columns, label)
  sql.add('select * from (values ')
  for (const [index, row] of fixture.rows.entries()) {
    sql.add(index === 0 ? '(' : ',\n(')
    for (const [at, { type }] of columns.entries()) {
      const key = places[at]
      const value = key === null || key === undefined ? null : row[key]
      const place = `row ${index + 1}, column "${key}" of ${label}`
      if (at > 0) sql.add(', ')
      sql.value(`${valueText(value, type)}::${type}`, place)
    }
    sql.add(')')
  }
  return sql.add(`) as given (${columns.map(({ name }) => quoteIdentifier(name)).join(', ')})`)
}

/** A SELECT that yields no rows, with columns of these types. */
export function emptySelect(columns: readonly TypedColumn[]): string {
  const nulls = columns.map(({ name, type }) => `null::${type} as ${quoteIdentifier(name)}`)
  return `select ${nulls.join(', ')} where false`
}

/** The SELECT of one input's rows, by itself. */
export function fixtureSql(input: UnitTestInput, columns: readonly TypedColumn[]): MarkedSql {
  return addFixture(markedSql(), input, columns)
}

/** The key of the rows for each column; null: they do not have it. Upper and lower case count as one where that is clear. */
function matchColumns(
  fixture: Extract<Fixture, { kind: 'rows' }>,
  columns: readonly TypedColumn[],
  label: string,
): readonly (string | null)[] {
  const keys = [...new Set(fixture.rows.flatMap((row) => Object.keys(row)))]
  const known = new Map(keys.map((key) => [columnOf(key, columns), key]))
  const unknown = known.get(null)
  if (unknown !== undefined) throw unknownColumn(unknown, label, columns)
  return columns.map(({ name }) => known.get(name) ?? null)
}

/** The column that a key means; null: none. */
export function columnOf(key: string, columns: readonly { readonly name: string }[]): string | null {
  const exact = columns.find(({ name }) => name === key)
  const folded = columns.find(({ name }) => name.toLowerCase() === key.toLowerCase())
  return (exact ?? folded)?.name ?? null
}

export function unknownColumn(
  key: string,
  label: string,
  columns: readonly { readonly name: string }[],
): StrataError {
  return new StrataError({
    code: 'UNKNOWN_COLUMN',
    message: `${label} has no column "${key}"`,
    hint: `Its columns are ${columns.map(({ name }) => name).join(', ')}.`,
  })
}
