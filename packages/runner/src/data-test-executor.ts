import {
  type CompiledSelect,
  type Database,
  type DataTestStep,
  type Session,
  type SessionOptions,
  type StepExecutor,
  StrataError,
} from '@strata/core'
import { inTermsOfSelect } from './publish/in-terms-of-select.ts'
import { sessionName } from './publish/session-name.ts'
import { type Ask, askOn } from './step-hooks.ts'

export interface DataTestExecutorOptions {
  readonly database: Database
  /** Renders the SQL of a late test. Must be there where a plan has late tests. */
  readonly renderLate?: (step: DataTestStep, ask: Ask) => Promise<CompiledSelect>
}

interface Verdict {
  readonly failures: string | null
  readonly should_warn: boolean | null
  readonly should_error: boolean | null
}

/** Counts the failing rows that a data test yields and judges the count as its configuration says. Reads no values. */
export function createDataTestExecutor(options: DataTestExecutorOptions): StepExecutor<DataTestStep> {
  return async (step, context) => {
    const session = { applicationName: sessionName(context.runId, step.name), signal: context.signal }
    const verdict = await looking(options.database, session, async (transaction) => {
      const select = step.late ? (await renderLate(options, step, askOn(transaction))).full : step.select.full
      const sql = countingQuery(step, select)
      const { rows } = await inTermsOfSelect(select, () => transaction.query<Verdict>(sql))
      return rows[0]!
    })
    if (verdict.failures === null) throw withoutCount(step)
    const failures = Number(verdict.failures)
    const counts = { failures }
    const rows = failures === 1 ? '1 failing row' : `${failures} failing rows`
    if (step.config.severity === 'error' && verdict.should_error === true)
      return { status: 'failed', action: 'test', message: rows, counts }
    if (verdict.should_warn === true) return { status: 'warned', action: 'test', message: rows, counts }
    const message = failures === 0 ? 'passed' : `passed with ${rows}`
    return { status: 'success', action: 'test', message, counts }
  }
}

/** Works in a transaction that is rolled back: a test changes nothing, whatever its template asks. */
async function looking<T>(
  database: Database,
  options: SessionOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return database.session(async (session) => {
    await session.query('begin')
    try {
      return await work(session)
    } finally {
      await session.query('rollback')
    }
  }, options)
}

function withoutCount(step: DataTestStep): StrataError {
  return new StrataError({
    code: 'TEST_WITHOUT_COUNT',
    message: `fail_calc of ${step.name}, ${step.config.failCalc}, gives null`,
    hint: 'Let it give a number for no rows as well: coalesce(…, 0).',
  })
}

function countingQuery(step: DataTestStep, select: string): string {
  const { failCalc, warnIf, errorIf, limit } = step.config
  const failing = limit === null ? select : `select * from (\n${select}\n) as limited limit ${limit}`
  return `select (${failCalc})::text as failures, ${failCalc} ${warnIf} as should_warn, ${failCalc} ${errorIf} as should_error
from (\n${failing}\n) as failing`
}

function renderLate(options: DataTestExecutorOptions, step: DataTestStep, ask: Ask): Promise<CompiledSelect> {
  if (options.renderLate !== undefined) return options.renderLate(step, ask)
  throw new StrataError({
    code: 'LATE_TEST',
    message: `the template of ${step.name} asks the database, and its project is not at hand`,
    hint: 'Run the plan from the folder of its project.',
  })
}
