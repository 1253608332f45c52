import type {
  CompanionOutcome,
  CompiledSelect,
  Database,
  DataTestStep,
  NodeId,
  Step,
  StepExecutor,
  StepOutcome,
} from '@strata/core'
import { looking } from '../looking.ts'
import { sessionName } from '../publish/session-name.ts'
import type { Ask } from '../step-hooks.ts'
import { askAndStore } from './ask-and-store.ts'
import { readFormerRows } from './former-rows.ts'
import { outcomeOf } from './outcome.ts'
import { type QuarantineRows, quarantineFailures } from './quarantine-rows.ts'
import { runDataTests } from './run-data-tests.ts'
import type { Verdict } from './verdict.ts'

export interface DataTestExecutorOptions {
  readonly database: Database
  /** Renders the SQL of a late test. Must be there where a plan has late tests. */
  readonly renderLate?: (step: DataTestStep, ask: Ask) => Promise<CompiledSelect>
  /** Must be there where a plan has tests that quarantine rows. */
  readonly quarantine?: QuarantineRows
}

/**
 * Counts the failing rows of a data test, and of those that are carried out together with it, and judges each as its
 * configuration says. Reads no values; keeps the rows where the test asks for that, and moves those to be quarantined, one test
 * after the other and before the others are asked.
 */
export function createDataTestExecutor(options: DataTestExecutorOptions): StepExecutor<DataTestStep> {
  const { database } = options
  return async (step, context) => {
    const startedAt = context.clock()
    const steps = [step, ...(context.companions ?? []).filter(isDataTest)]
    const formerRows = await readFormerRows(database, context.target, steps)
    const session = { applicationName: sessionName(context.runId, step.name), signal: context.signal }
    const verdicts = new Map<NodeId, Verdict>()
    const ask = async (asked: readonly DataTestStep[]) => {
      if (asked.length === 0) return
      const found = await looking(database, session, (transaction) =>
        runDataTests(transaction, asked, { ...options, formerRows }),
      )
      for (const [id, verdict] of found) verdicts.set(id, verdict)
    }
    const quarantined = new Map<NodeId, StepOutcome>()
    for (const one of steps.filter(({ quarantine }) => quarantine !== undefined)) {
      await ask([one])
      const verdict = verdicts.get(one.id)!
      if (verdict.kind === 'judged' && verdict.failures > 0)
        quarantined.set(one.id, await quarantineFailures(options, one, context, session))
    }
    await ask(steps.filter(({ store, quarantine }) => store === undefined && quarantine === undefined))
    for (const one of steps)
      if (one.store !== undefined)
        verdicts.set(one.id, await askAndStore(options, one, context, session, formerRows))
    const outcome = (one: DataTestStep): StepOutcome =>
      quarantined.get(one.id) ?? outcomeOf(one, verdicts.get(one.id)!)
    if (steps.length === 1) {
      const verdict = verdicts.get(step.id)!
      if (verdict.kind === 'broken') throw verdict.error
      return outcome(step)
    }
    const companions = steps.slice(1).map((one): [NodeId, CompanionOutcome] => {
      return [one.id, { ...outcome(one), startedAt, finishedAt: context.clock() }]
    })
    return { ...outcome(step), companions: Object.fromEntries(companions) }
  }
}

function isDataTest(step: Step): step is DataTestStep {
  return step.kind === 'data_test'
}
