import { type FixtureRows, type Json, quoteIdentifier } from '@strata/core'
import { columnOf, type TypedColumn } from './fixture-sql.ts'
import type { Mark, MarkedSql } from './marked-sql.ts'
import { valueText } from './value-text.ts'

/** Rows of each side that are fetched. */
export const fetchedRows = 100

/** Types whose values cannot be told equal, and what is compared in their place. */
const comparedAs = new Map([
  ['json', 'jsonb'],
  ['json[]', 'jsonb[]'],
  ...['xml', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle', 'txid_snapshot', 'pg_snapshot'].map(
    (type) => [type, 'text'] as const,
  ),
])

/** What is compared: the result of a SELECT, in some of its columns. */
export interface Compared {
  readonly select: string
  /** As the SELECT calls them; type null: not known, and that of the SELECT decides. */
  readonly columns: readonly { readonly name: string; readonly type: string | null }[]
}

/**
 * Adds, behind `with` and the inputs, a statement that yields the rows on one side alone: `expected` or `actual`, how many there are of
 * those, of all rows on each side, then the values as text.
 */
export function addComparison(
  sql: MarkedSql,
  what: Compared,
  addExpected: (sql: MarkedSql) => unknown,
): MarkedSql {
  const names = what.columns.map(({ name }) => quoteIdentifier(name))
  addActual(sql, what).add(',\nstrata_given as (\n')
  addExpected(sql)
  sql.add(`\n),\nstrata_expected as (select ${comparedColumns(what)} from strata_given)\n`)
  const texts = names.map((name) => `${name}::text`).join(', ')
  const totals = '(select count(*) from strata_expected)::int, (select count(*) from strata_actual)::int'
  const side = (one: 'expected' | 'actual', other: 'expected' | 'actual') =>
    `(select '${one}', count(*) over ()::int, ${totals}, ${texts}
from (select * from strata_${one} except all select * from strata_${other}) as rest limit ${fetchedRows})`
  return sql.add(`${side('expected', 'actual')}\nunion all\n${side('actual', 'expected')}`)
}

/** What came out, in the types that are compared. */
export function addActual(sql: MarkedSql, what: Compared): MarkedSql {
  return sql.add(
    `strata_result as (\n${what.select}\n),\nstrata_actual as (select ${comparedColumns(what)} from strata_result)`,
  )
}

function comparedColumns({ columns }: Compared): string {
  const compared = columns.map(({ name, type }) => {
    const column = quoteIdentifier(name)
    const as = type === null ? undefined : comparedAs.get(type)
    return as === undefined ? column : `${column}::${as} as ${column}`
  })
  return compared.join(', ')
}

/** Expected rows whose types are those that the result has; so many would nest too deeply for the server. */
export const mostUntypedRows = 200

/** Each arm of the union takes the types of the first, which are those of the result. */
export function addUntypedRows(
  sql: MarkedSql,
  rows: FixtureRows,
  columns: readonly string[],
  expectation: number,
): void {
  const names = columns.map(quoteIdentifier).join(', ')
  sql.add(`select ${names} from strata_result where false`)
  for (const [index, row] of rows.rows.entries()) {
    sql.add('\nunion all select ')
    for (const [at, column] of columns.entries()) {
      if (at > 0) sql.add(', ')
      const { value, mark } = expected(row, column, index, expectation)
      sql.value(valueText(value, null), mark)
    }
  }
}

export function addTypedRows(
  sql: MarkedSql,
  rows: FixtureRows,
  columns: readonly TypedColumn[],
  expectation: number,
): void {
  sql.add('select * from (values ')
  for (const [index, row] of rows.rows.entries()) {
    sql.add(index === 0 ? '(' : ',\n(')
    for (const [at, { name, type }] of columns.entries()) {
      if (at > 0) sql.add(', ')
      const { value, mark } = expected(row, name, index, expectation)
      sql.value(`${valueText(value, type)}::${type}`, mark)
    }
    sql.add(')')
  }
  sql.add(`) as given (${columns.map(({ name }) => quoteIdentifier(name)).join(', ')})`)
}

/** The value of a row in a column of the result, which its key may name in another case. */
function expected(
  row: FixtureRows['rows'][number],
  column: string,
  index: number,
  expectation: number,
): { readonly value: Json | undefined; readonly mark: Mark } {
  const key = Object.hasOwn(row, column)
    ? column
    : Object.keys(row).find((one) => columnOf(one, [{ name: column }]) !== null)
  return {
    value: key === undefined ? null : row[key],
    mark: {
      label: `row ${index + 1}, column "${column}" of the expected rows`,
      cell: { of: 'expected', index: expectation, row: index, column: key ?? column },
    },
  }
}
