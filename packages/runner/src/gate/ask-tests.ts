import {
  type CompanionOutcome,
  type CompiledSelect,
  type Database,
  type DataTestStep,
  displayRelation,
  type StepContext,
  StrataError,
} from '@strata/core'
import { askAndStore } from '../data-tests/ask-and-store.ts'
import { readFormerRows } from '../data-tests/former-rows.ts'
import { keepFailingRows } from '../data-tests/keep-failing-rows.ts'
import { outcomeOf } from '../data-tests/outcome.ts'
import { runDataTests } from '../data-tests/run-data-tests.ts'
import { sessionName } from '../publish/session-name.ts'
import { refuseTransactionControl } from '../refuse-transaction-control.ts'
import type { Ask } from '../step-hooks.ts'
import type { AskTests, Instead, Reading } from './gate.ts'
import { mayNameBare, readInstead } from './read-instead.ts'

export interface AskTestsOptions {
  readonly database: Database
  /** Renders the SQL of a late test. Must be there where a plan has late tests. */
  readonly renderLate?: (step: DataTestStep, ask: Ask, instead?: Instead) => Promise<CompiledSelect>
}

/** Failing rows of one test that are kept when a gate closes. */
const mostRows = 100

/** Asks the tests that gate a step, inside its transaction, and undoes whatever their templates did. */
export function createAskTests({ database, renderLate }: AskTestsOptions): AskTests {
  return async (transaction, tests, context, reading) => {
    const substitute = (sql: string): string => (reading === null ? sql : standInFor(sql, reading))
    const formerRows = await readFormerRows(transaction, context.target, tests)
    const startedAt = context.clock()
    await transaction.query('savepoint strata_gate')
    const verdicts = await runDataTests(transaction, tests, {
      substitute,
      rows: mostRows,
      formerRows,
      ...(renderLate === undefined
        ? {}
        : {
            renderLate: (step, ask) =>
              renderLate(
                step,
                (question) => {
                  refuseTransactionControl(question.sql, step.name)
                  return ask({ ...question, sql: substitute(question.sql) })
                },
                reading === null ? undefined : { of: reading.node, relation: reading.standIn },
              ),
          }),
    })
    await transaction.query('rollback to savepoint strata_gate')
    await transaction.query('release savepoint strata_gate')
    const finishedAt = context.clock()
    const asked = tests.map((step) => ({ step, verdict: verdicts.get(step.id)! }))
    const outcomes = asked.map(({ step: { store: _, ...step }, verdict }): [string, CompanionOutcome] => {
      const kept = verdict.kind === 'judged' && verdict.rows.length > 0
      return [step.id, { ...outcomeOf(step, verdict, kept), startedAt, finishedAt }]
    })
    return {
      outcomes: Object.fromEntries(outcomes),
      keepRows: (of: StepContext) =>
        keepFailingRows(
          database,
          of,
          asked.flatMap(({ step, verdict }) =>
            verdict.kind === 'judged' && verdict.status === 'failed' ? [{ step, rows: verdict.rows }] : [],
          ),
        ),
      async storeFailures(of: StepContext) {
        const session = { applicationName: sessionName(of.runId, 'tests'), signal: of.signal }
        for (const step of tests)
          if (step.store !== undefined)
            await askAndStore(
              { database, ...(renderLate === undefined ? {} : { renderLate }) },
              step,
              of,
              session,
              formerRows,
            )
      },
    }
  }
}

/** Throws `NAME_WITHOUT_SCHEMA`: what is published would be read in the place of what is to be. */
function standInFor(sql: string, { relation, standIn }: Reading): string {
  const read = readInstead(sql, relation, standIn)
  if (read !== sql || !mayNameBare(sql, relation)) return read
  const name = displayRelation(relation)
  throw new StrataError({
    code: 'NAME_WITHOUT_SCHEMA',
    message: `the test names ${relation.name} without its schema, so that what is to be published cannot be read instead`,
    hint: `Write {{ ref('${relation.name}') }}, or ${name}.`,
  })
}
