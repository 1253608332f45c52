import {
  type Database,
  DatabaseError,
  deriveName,
  type NodeId,
  type Queryable,
  quoteIdentifier,
  type RelationName,
  type RowDifference,
  type Session,
  type StepExecutor,
  StrataError,
  summarizeDifference,
  type UnitTestStep,
} from '@strata/core'
import { looking } from '../looking.ts'
import { sessionName } from '../publish/session-name.ts'
import { refuseTransactionControl } from '../refuse-transaction-control.ts'
import { type Ask, askOn } from '../step-hooks.ts'
import { compareRows, withPlace } from './compare-rows.ts'
import { addFixture, fixtureSql, type TypedColumn } from './fixture-sql.ts'
import { createInputColumns, type Detached, type InputColumns } from './input-columns.ts'
import type { MarkedSql } from './marked-sql.ts'

export interface UnitTestExecutorOptions {
  readonly database: Database
  /** The SELECT of a model, detached from its parents, for the types of what is not there. Default: nothing is known. */
  readonly detached?: (id: NodeId) => Detached | null
  /** The SELECTs of a step, an expectation each, that read its inputs from tables. Must be there where a plan has late unit tests. */
  readonly render?: (
    step: UnitTestStep,
    tables: ReadonlyMap<string, RelationName>,
    ask: Ask,
  ) => Promise<readonly string[]>
}

/** Makes rows of a model's given inputs and compares them with what was expected. What it does is rolled back. */
export function createUnitTestExecutor(options: UnitTestExecutorOptions): StepExecutor<UnitTestStep> {
  const columns = createInputColumns(options.detached ?? (() => null))
  return async (step, context) => {
    const session = { applicationName: sessionName(context.runId, step.name), signal: context.signal }
    const differences = await looking(options.database, session, async (transaction) => {
      if (step.late) return onTables(transaction, step, columns, options)
      try {
        return await onExpressions(transaction, step, columns)
      } catch (error) {
        if (!needsTables(error) || options.render === undefined) throw withColumnHint(error)
        await beginAgain(transaction)
        return onTables(transaction, step, columns, options)
      }
    })
    if (differences.length === 0) return { status: 'success', action: 'test', message: 'passed', counts: {} }
    const message = differences.map(summarizeDifference).join('; ')
    return {
      status: 'failed',
      action: 'test',
      message,
      counts: { failures: 1 },
      failure: { code: 'UNIT_TEST_FAILED', message, differences },
    }
  }
}

/** The inputs stand before the SELECT as common table expressions: nothing is made in the database. */
async function onExpressions(
  transaction: Session,
  step: UnitTestStep,
  known: InputColumns,
): Promise<readonly RowDifference[]> {
  const columns = await columnsOf(transaction, step, known)
  const addInputs = (sql: MarkedSql) => {
    for (const [index, input] of step.inputs.entries()) {
      addFixture(sql.add(`${input.name} as (\n`), input, columns[index]!, index).add('\n),\n')
    }
  }
  return differencesOf(step.expectations, (expectation, index) =>
    compareRows({
      session: transaction,
      addInputs,
      expectation,
      index,
      startAgain: () => beginAgain(transaction),
    }),
  )
}

/** A template that asks the database asks about its inputs as well: they have to be there. */
async function onTables(
  transaction: Session,
  step: UnitTestStep,
  known: InputColumns,
  { render }: UnitTestExecutorOptions,
): Promise<readonly RowDifference[]> {
  if (render === undefined) throw lateTest(step)
  const columns = await columnsOf(transaction, step, known)
  const names = new Map<string, string>()
  for (const [index, input] of step.inputs.entries()) {
    const own = input.shape.relation?.name ?? input.name
    const name = [...names.values()].includes(own) ? deriveName(own, `_${index}`) : own
    const sql = fixtureSql(input, columns[index]!, index)
    const create = `create temporary table ${quoteIdentifier(name)} on commit drop as\n`
    try {
      await transaction.query(create + sql.text())
    } catch (error) {
      throw withPlace(movedBack(error, create), sql)
    }
    names.set(input.name, name)
  }
  const schema = names.size === 0 ? '' : await temporarySchema(transaction)
  const tables = new Map([...names].map(([input, name]) => [input, { schema, name }]))
  const ask = askOn(transaction)
  const selects = await render(step, tables, async (question) => {
    refuseTransactionControl(question.sql, step.name)
    return ask(question)
  })
  const expectations = step.expectations.map((one, index) => ({ ...one, select: selects[index]! }))
  return differencesOf(expectations, (expectation, index) =>
    compareRows({ session: transaction, addInputs() {}, expectation, index, startAgain: null }),
  )
}

async function columnsOf(
  session: Queryable,
  { inputs, model }: UnitTestStep,
  known: InputColumns,
): Promise<readonly (readonly TypedColumn[])[]> {
  await known.look(session, inputs, model)
  const columns: (readonly TypedColumn[])[] = []
  for (const input of inputs) columns.push(await known.of(session, input, model))
  return columns
}

async function differencesOf(
  expectations: UnitTestStep['expectations'],
  compare: (
    expectation: UnitTestStep['expectations'][number],
    index: number,
  ) => Promise<RowDifference | null>,
): Promise<readonly RowDifference[]> {
  const differences: RowDifference[] = []
  for (const [index, expectation] of expectations.entries()) {
    const difference = await compare(expectation, index)
    if (difference !== null) differences.push(difference)
  }
  return differences
}

/** A column is named by its table, `orders.id`: a common table expression in its place has another name. */
function needsTables(error: unknown): boolean {
  return error instanceof DatabaseError && error.sqlstate === '42P01' && /FROM-clause/.test(error.message)
}

function withColumnHint(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.sqlstate !== '42703') return error
  // The server knows a column that reads alike: then it is a slip of the SQL.
  if (error.hint !== undefined) return error
  const hint =
    'Columns that no row names are known from the relation, from declared types or from the SELECT of its model: give the column in a row where none of these is there.'
  return new DatabaseError({ ...error, message: error.message, hint, cause: error })
}

async function temporarySchema(session: Queryable): Promise<string> {
  const { rows } = await session.query<{ schema: string }>(
    'select nspname as schema from pg_namespace where oid = pg_my_temp_schema()',
  )
  return rows[0]!.schema
}

async function beginAgain(session: Queryable): Promise<void> {
  await session.query('rollback')
  await session.query('begin')
}

/** Its position as if `before` had not stood before the text. */
function movedBack(error: unknown, before: string): unknown {
  if (!(error instanceof DatabaseError) || error.position === undefined) return error
  const position = error.position - [...before].length
  return position < 1
    ? error
    : new DatabaseError({ ...error, message: error.message, position, cause: error })
}

function lateTest(step: UnitTestStep): StrataError {
  return new StrataError({
    code: 'LATE_TEST',
    message: `the template of ${step.name} asks the database, and its project is not at hand`,
    hint: 'Run the plan from the folder of its project.',
  })
}
