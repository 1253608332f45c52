import {
  type DataTestStep,
  formerRowsSetting,
  type NodeId,
  type Queryable,
  quoteLiteral,
  StrataError,
} from '@strata/core'
import { inTermsOfSelect } from '../publish/in-terms-of-select.ts'
import type { TestBatch } from './batch-tests.ts'
import { plainCondition } from './plain-condition.ts'
import { statusOf } from './verdict.ts'

/** A count of failing rows, and what the configuration of the test makes of it. */
export interface Count {
  readonly failures: number
  readonly status: ReturnType<typeof statusOf>
  /** Rows of the subject, where the test remembers them. */
  readonly measured?: number
}

/** Counts the failing rows of one test as dbt does, by its SELECT. Throws `DatabaseError`, and `TEST_WITHOUT_COUNT`. */
export async function countAlone(queryable: Queryable, step: DataTestStep, select: string): Promise<Count> {
  const { failCalc, warnIf, errorIf } = step.config
  const sql = `select (${failCalc})::text as failures, (${failCalc} ${warnIf})::text as should_warn,
  (${failCalc} ${errorIf})::text as should_error
from (\n${limited(step, select)}\n) as failing`
  const { rows } = await inTermsOfSelect(select, () => queryable.query<CountedText>(sql))
  const [counted] = rows
  if (counted === undefined || rows.length > 1) throw withoutCount(step, `${rows.length} rows`)
  const { failures, should_warn: shouldWarn, should_error: shouldError } = counted
  if (failures === null) throw withoutCount(step, 'null')
  if (!/^-?\d+(\.0*)?$/.test(failures)) throw withoutCount(step, 'no whole number')
  const holds = (option: 'warn_if' | 'error_if', text: string | null) => {
    if (text === null || falseWords.has(text) || (isNumber.test(text) && Number(text) === 0)) return false
    if (trueWords.has(text) || isNumber.test(text)) return true
    throw notACondition(step, option)
  }
  const status = statusOf(step.config, holds('warn_if', shouldWarn), holds('error_if', shouldError))
  return { failures: Number(failures), status }
}

interface CountedText {
  readonly failures: string | null
  readonly should_warn: string | null
  readonly should_error: string | null
}

/** The failing rows of a test, no more of them than it looks at. */
export function limited({ config: { limit } }: DataTestStep, select: string): string {
  return limit === null ? select : `select * from (\n${select}\n) as limited limit ${limit}`
}

/** Counts the failing rows of tests of one subject in one scan, in their order. Throws `DatabaseError`. */
export async function countTogether(
  queryable: Queryable,
  { from, tests }: TestBatch,
): Promise<readonly Count[]> {
  const remembers = tests.some(({ tally }) => tally.remembersRows === true)
  const counts = tests.map(({ tally }) => `(${tally.failures})::text`)
  const text = `select ${[...counts, ...(remembers ? ['count(*)::text'] : [])].join(',\n  ')}\nfrom ${from}`
  const { rows } = await queryable.query<readonly string[]>({ text, rowsAsArrays: true })
  return tests.map(({ step, tally }, index): Count => {
    const failures = Number(rows[0]![index])
    const { warnIf, errorIf } = step.config
    const holds = (condition: string) => plainCondition(condition)!(failures)
    const status = statusOf(step.config, holds(warnIf), holds(errorIf))
    return tally.remembersRows
      ? { failures, status, measured: Number(rows[0]!.at(-1)) }
      : { failures, status }
  })
}

/** The rows of a test's subject. Throws `DatabaseError`. */
export async function countSubject(queryable: Queryable, from: string): Promise<number> {
  const { rows } = await queryable.query<{ rows: string }>(`select count(*)::text as rows from ${from}`)
  return Number(rows[0]!.rows)
}

/** Failing rows as JSON objects. Throws `DatabaseError`. */
export async function failingRows(
  queryable: Queryable,
  step: DataTestStep,
  select: string,
  most: number,
): Promise<readonly string[]> {
  const { rows } = await queryable.query<{ row: string }>(
    `select pg_catalog.to_jsonb(failing)::text as row from (\n${limited(step, select)}\n) as failing limit ${most}`,
  )
  return rows.map(({ row }) => row)
}

/** `fail_calc` with its condition may give a number, as it may in dbt, where every other than 0 is true, or such a word. */
const isNumber = /^-?\d+(\.\d+)?$/
const trueWords = new Set(['true', 't', 'yes', 'y', 'on'])
const falseWords = new Set(['false', 'f', 'no', 'n', 'off'])

function notACondition(step: DataTestStep, option: 'warn_if' | 'error_if'): StrataError {
  const condition = option === 'warn_if' ? step.config.warnIf : step.config.errorIf
  return new StrataError({
    code: 'NOT_A_CONDITION',
    message: `${option} of ${step.name}, ${step.config.failCalc} ${condition}, is neither true nor false`,
    hint: 'Write what follows the count: "> 10", "between 1 and 5".',
  })
}

function withoutCount(step: DataTestStep, found: string): StrataError {
  return new StrataError({
    code: 'TEST_WITHOUT_COUNT',
    message: `fail_calc of ${step.name}, ${step.config.failCalc}, gives ${found}`,
    hint: 'Let it give a whole number for no rows as well: coalesce(…, 0).',
  })
}

/** Sets, for this transaction, what tests compare their rows with. */
export async function setFormerRows(queryable: Queryable, rows: ReadonlyMap<NodeId, number>): Promise<void> {
  const json = JSON.stringify(Object.fromEntries(rows))
  await queryable.query(`select set_config(${quoteLiteral(formerRowsSetting)}, ${quoteLiteral(json)}, true)`)
}
