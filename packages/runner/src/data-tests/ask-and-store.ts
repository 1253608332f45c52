import type { DataTestStep, NodeId, Session, SessionOptions, StepContext } from '@strata/core'
import { looking } from '../looking.ts'
import { ensureSchema } from '../publish/ensure-schema.ts'
import { hidingKeys } from '../publish/hiding-keys.ts'
import { stateKey } from '../state/state-key.ts'
import { askOn } from '../step-hooks.ts'
import { type Count, countAlone, countSubject, setFormerRows } from './count-failures.ts'
import type { DataTestExecutorOptions } from './data-test-executor.ts'
import { keepAllFailingRows } from './keep-failing-rows.ts'
import { renderLateTest } from './render-late-test.ts'
import { storeFailures } from './store-failures.ts'
import type { Verdict } from './verdict.ts'

/** The rows are kept before they are judged, and judged where they are kept, so that both are the same ones. */
export function askAndStore(
  options: DataTestExecutorOptions,
  step: DataTestStep,
  context: StepContext,
  session: SessionOptions,
  formerRows: ReadonlyMap<NodeId, number>,
): Promise<Verdict> {
  return hidingKeys(step, () => storeAndCount(options, step, context, session, formerRows))
}

async function storeAndCount(
  options: DataTestExecutorOptions,
  step: DataTestStep,
  context: StepContext,
  session: SessionOptions,
  formerRows: ReadonlyMap<NodeId, number>,
): Promise<Verdict> {
  const { database } = options
  const store = step.store!
  // What a template does while it asks is undone, as it is for tests that keep nothing.
  const select = step.late
    ? await looking(database, session, (transaction) =>
        renderLateTest(options, step, askOn(transaction)).then(({ full }) => full),
      )
    : step.select.full
  if (store.as !== 'restricted') await ensureSchema(database, stateKey(context.target), store.relation.schema)
  const count = await database.transaction(async (transaction) => {
    if (step.tally?.remembersRows !== true) return keepAndCount(transaction)
    await setFormerRows(transaction, formerRows)
    const kept = await keepAndCount(transaction)
    return { ...kept, measured: await countSubject(transaction, step.tally.from) }
  }, session)
  const isFirst = count.measured !== undefined && !formerRows.has(step.id)
  return { kind: 'judged', ...count, ...(isFirst ? { isFirst } : {}), rows: [] }

  async function keepAndCount(transaction: Session): Promise<Count> {
    if (store.as === 'restricted') {
      await keepAllFailingRows(transaction, context, step, select)
      return countAlone(transaction, step, select)
    }
    const stored = await storeFailures(transaction, context, step, { ...store, select })
    return countAlone(transaction, { ...step, config: { ...step.config, limit: null } }, stored)
  }
}
