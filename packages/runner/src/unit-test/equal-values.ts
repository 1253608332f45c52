import { DatabaseError, type Queryable, quoteIdentifier, quoteLiteral, type RowValues } from '@strata/core'
import { addActual, type Compared } from './comparison-sql.ts'
import { type MarkedSql, markedSql } from './marked-sql.ts'

/** Whether what two rows hold in a column is the same, as the comparison of the rows sees it. */
export type AreEqual = (row: RowValues, other: RowValues, column: number) => boolean

export const equalTexts: AreEqual = (row, other, column) => row[column] === other[column]

/**
 * Asks the server which values of these rows are equal though their texts differ: 50 and 50.0, a day and 24 hours. Where a type cannot
 * read what it writes, texts are compared.
 */
export async function equalValues(
  session: Queryable,
  what: Compared,
  addInputs: (sql: MarkedSql) => unknown,
  rows: readonly RowValues[],
): Promise<AreEqual> {
  const sql = markedSql().add('with ')
  addInputs(sql)
  addActual(sql, what)
  const names = what.columns.map(({ name }) => quoteIdentifier(name))
  // Each arm of the union takes the types of the first, which are those of the result.
  const arms = rows.map((row, index) => {
    const values = row.map((value) => (value === null ? 'null' : quoteLiteral(value)))
    return `union all select ${[index, ...values].join(', ')}`
  })
  const first = ['0 as strata_row', ...names].join(', ')
  sql.add(`,\nstrata_values as (select ${first} from strata_actual where false\n${arms.join('\n')})\n`)
  const classes = names.map(
    (name) =>
      `(select min(o.strata_row) from strata_values as o where o.${name} is not distinct from v.${name})`,
  )
  sql.add(`select ${classes.join(', ')} from strata_values as v order by v.strata_row`)
  await session.query('savepoint strata_values')
  try {
    const found = await session.query<readonly number[]>({ text: sql.text(), rowsAsArrays: true })
    await session.query('release savepoint strata_values')
    const classesOf = new Map(rows.map((row, index) => [row, found.rows[index]!]))
    return (row, other, column) => classesOf.get(row)?.[column] === classesOf.get(other)?.[column]
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    await session.query('rollback to savepoint strata_values')
    return equalTexts
  }
}
