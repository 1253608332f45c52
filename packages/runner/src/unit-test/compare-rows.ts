import {
  DatabaseError,
  type Queryable,
  quoteIdentifier,
  type RowDifference,
  type RowValues,
  StrataError,
  type UnitTestExpectation,
} from '@strata/core'
import {
  addComparison,
  addTypedRows,
  addUntypedRows,
  type Compared,
  fetchedRows,
  mostUntypedRows,
} from './comparison-sql.ts'
import { equalTexts, equalValues } from './equal-values.ts'
import { FixtureError } from './fixture-error.ts'
import { bareSelect, columnOf, type TypedColumn, unknownColumn } from './fixture-sql.ts'
import { namedTypes } from './input-columns.ts'
import { type Mark, type MarkedSql, markedSql } from './marked-sql.ts'
import { pairRows } from './pair-rows.ts'

export interface ComparedRows {
  readonly session: Queryable
  /** Adds the inputs of the SELECT as common table expressions, each with a comma behind it. */
  readonly addInputs: (sql: MarkedSql) => unknown
  readonly expectation: UnitTestExpectation
  /** Its place among those of its test. */
  readonly index: number
  /** Makes the transaction usable again after an error; null: it is not to be tried without knowing types. */
  readonly startAgain: (() => Promise<void>) | null
}

/**
 * Compares what a SELECT yields with what was expected, on the server, in one statement where nothing is wrong; null: they are the same
 * rows. Throws `StrataError` naming the row and column of a value that is none of its type.
 */
export async function compareRows(compared: ComparedRows): Promise<RowDifference | null> {
  const { expectation, index, startAgain } = compared
  const { fixture, select } = expectation
  if (startAgain !== null && fixture.kind === 'rows') {
    const keys = keysOf(fixture.rows)
    const isPlain = keys.every((key) => key === key.toLowerCase())
    if (keys.length > 0 && isPlain && fixture.rows.length <= mostUntypedRows) {
      try {
        const columns = keys.map((name) => ({ name, type: null }))
        return await compare(compared, { select, columns }, (sql) =>
          addUntypedRows(sql, fixture, keys, index),
        )
      } catch (error) {
        // With the types at hand it can be told what is wrong, or done.
        if (!(error instanceof StrataError) || error.code === 'CANCELLED') throw error
        await startAgain()
      }
    }
  }
  return compareTyped(compared)
}

async function compareTyped(compared: ComparedRows): Promise<RowDifference | null> {
  const { expectation, index } = compared
  const { fixture, select } = expectation
  const result = await describe(compared, select)
  if (fixture.kind === 'sql') {
    const rows = { of: 'expected', index, row: null, column: null } as const
    const mark = { label: 'the expected rows', cell: rows }
    const sql = bareSelect(fixture.sql)
    const given = await describe(compared, sql, mark)
    const columns = chosenColumns(
      given.map(({ name }) => name),
      result,
      compared,
    )
    const list = columns.map(({ name, type }) => {
      const own = columnOf(name, given)!
      return `${quoteIdentifier(own)}::${type} as ${quoteIdentifier(name)}`
    })
    return compare(compared, { select, columns }, (text) =>
      text
        .add(`select ${list.join(', ')} from (\n`)
        .value(sql, mark)
        .add('\n) as given'),
    )
  }
  const keys = keysOf(fixture.rows)
  const columns = keys.length === 0 ? result : chosenColumns(keys, result, compared)
  return compare(compared, { select, columns }, (text) => {
    if (fixture.rows.length > 0 && columns.length > 0) return addTypedRows(text, fixture, columns, index)
    const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ')
    return text.add(`select ${names} from strata_result where false`)
  })
}

/** A column that a row does not name is null in it. */
function keysOf(rows: readonly { readonly [column: string]: unknown }[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))]
}

function chosenColumns(
  keys: readonly string[],
  result: readonly TypedColumn[],
  { index, expectation: { cte } }: ComparedRows,
): readonly TypedColumn[] {
  const label = cte === null ? 'the result of the model' : `the expression ${cte}`
  const names = keys.map((key) => {
    const name = columnOf(key, result)
    if (name === null) throw unknownColumn(key, label, result, { of: 'expected', index })
    return name
  })
  return [...new Set(names)].map((name) => result.find((column) => column.name === name)!)
}

async function describe(
  compared: ComparedRows,
  select: string,
  mark?: Mark,
): Promise<readonly TypedColumn[]> {
  const sql = markedSql().add('with ')
  compared.addInputs(sql)
  sql.add('strata_result as (\n')
  if (mark === undefined) sql.add(select)
  else sql.value(select, mark)
  sql.add('\n)\nselect * from strata_result limit 0')
  const { fields } = await ask(compared, sql)
  return namedTypes(compared.session, fields)
}

type DifferingSide = readonly [
  side: 'expected' | 'actual',
  alone: number,
  expected: number,
  actual: number,
  ...values: (string | null)[],
]

async function compare(
  compared: ComparedRows,
  what: Compared,
  addExpected: (sql: MarkedSql) => unknown,
): Promise<RowDifference | null> {
  const sql = markedSql().add('with ')
  compared.addInputs(sql)
  addComparison(sql, what, addExpected)
  const { rows } = await ask<DifferingSide>(compared, sql)
  const [first] = rows
  if (first === undefined) return null
  const side = (wanted: 'expected' | 'actual'): readonly RowValues[] =>
    rows.flatMap(([one, , , , ...values]) => (one === wanted ? [values] : []))
  const left = (wanted: 'expected' | 'actual') =>
    Math.max(0, (rows.find(([one]) => one === wanted)?.[1] ?? 0) - fetchedRows)
  const [missing, unexpected] = [side('expected'), side('actual')]
  const areEqual =
    missing.length === 0 || unexpected.length === 0
      ? equalTexts
      : await equalValues(compared.session, what, compared.addInputs, [...missing, ...unexpected])
  const differing = pairRows(missing, unexpected, areEqual)
  const shown = differing.slice(0, shownRows)
  return {
    cte: compared.expectation.cte,
    columns: what.columns.map(({ name }) => name),
    rows: shown,
    expected: first[2],
    actual: first[3],
    more: differing.length - shown.length + left('expected') + left('actual'),
  }
}

const shownRows = 40

/** An error says which value of the test is at fault, where one is. */
async function ask<Row>({ session }: ComparedRows, sql: MarkedSql) {
  try {
    return await session.query<Row>({ text: sql.text(), rowsAsArrays: true })
  } catch (error) {
    throw withPlace(error, sql)
  }
}

/** Names what of the rows the server refuses. */
export function withPlace(error: unknown, sql: MarkedSql): unknown {
  if (!(error instanceof DatabaseError) || error.position === undefined) return error
  const mark = sql.markAt(error.position)
  if (mark === null) return error
  const { label, cell } = mark
  const isValue = cell.column !== null
  return new FixtureError({
    code: isValue ? 'BAD_FIXTURE_VALUE' : 'BAD_FIXTURE',
    message: `${label}: ${error.message}`,
    hint: isValue
      ? 'Write the value as Postgres reads it, or correct the type of the column.'
      : 'Correct the SQL of these rows.',
    cell,
    cause: error,
  })
}
