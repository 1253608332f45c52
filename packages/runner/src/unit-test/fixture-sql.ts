import { type Fixture, type FixtureCell, quoteIdentifier, type UnitTestInput } from '@strata/core'
import { FixtureError } from './fixture-error.ts'
import { type MarkedSql, markedSql } from './marked-sql.ts'
import { valueText } from './value-text.ts'

export interface TypedColumn {
  readonly name: string
  /** As SQL. */
  readonly type: string
}

/**
 * Adds the SELECT of an input's rows; `index` is the place of the input in its test. Throws `FixtureError` for a column that
 * the relation does not have.
 */
export function addFixture(
  sql: MarkedSql,
  input: UnitTestInput,
  columns: readonly TypedColumn[],
  index: number,
): MarkedSql {
  const { fixture, label } = input
  const of = { of: 'given', index } as const
  if (fixture.kind === 'sql')
    return sql.value(bareSelect(fixture.sql), {
      label: `the rows of ${label}`,
      cell: { ...of, row: null, column: null },
    })
  if (columns.length === 0) return sql.add(fixture.rows.length === 0 ? 'select where false' : 'select')
  if (fixture.rows.length === 0) return sql.add(emptySelect(columns))
  const places = matchColumns(fixture, columns, label, of)
  sql.add('select * from (values ')
  for (const [number, row] of fixture.rows.entries()) {
    sql.add(number === 0 ? '(' : ',\n(')
    for (const [at, { type }] of columns.entries()) {
      const key = places[at]
      const value = key === null || key === undefined ? null : row[key]
      if (at > 0) sql.add(', ')
      sql.value(`${valueText(value, type)}::${type}`, {
        label: `row ${number + 1}, column "${key}" of ${label}`,
        cell: { ...of, row: number, column: key ?? null },
      })
    }
    sql.add(')')
  }
  return sql.add(`) as given (${columns.map(({ name }) => quoteIdentifier(name)).join(', ')})`)
}

/** Without what ends a statement. */
export function bareSelect(sql: string): string {
  return sql.trim().replace(/(\s*;)+$/, '')
}

/** A SELECT that yields no rows, with columns of these types. */
export function emptySelect(columns: readonly TypedColumn[]): string {
  const nulls = columns.map(({ name, type }) => `null::${type} as ${quoteIdentifier(name)}`)
  return `select ${nulls.join(', ')} where false`
}

/** The SELECT of one input's rows, by itself. */
export function fixtureSql(input: UnitTestInput, columns: readonly TypedColumn[], index: number): MarkedSql {
  return addFixture(markedSql(), input, columns, index)
}

/** The key of the rows for each column; null: they do not have it. Upper and lower case count as one where that is clear. */
function matchColumns(
  fixture: Extract<Fixture, { kind: 'rows' }>,
  columns: readonly TypedColumn[],
  label: string,
  of: Pick<FixtureCell, 'of' | 'index'>,
): readonly (string | null)[] {
  const keys = [...new Set(fixture.rows.flatMap((row) => Object.keys(row)))]
  const known = new Map(keys.map((key) => [columnOf(key, columns), key]))
  const unknown = known.get(null)
  if (unknown !== undefined) throw unknownColumn(unknown, label, columns, of)
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
  of: Pick<FixtureCell, 'of' | 'index'>,
): FixtureError {
  const known = columns.map(({ name }) => name)
  return new FixtureError({
    code: 'UNKNOWN_COLUMN',
    message: `${label} has no column "${key}"`,
    hint: `Its columns are ${known.join(', ')}.`,
    cell: { ...of, row: null, column: key, known },
  })
}
