import {
  type CompiledSelect,
  DatabaseError,
  type DataTestStep,
  type NodeId,
  type Queryable,
  StrataError,
} from '@strata/core'
import { hideValues } from '../publish/hiding-keys.ts'
import { isCancellation } from '../schedule/describe-failure.ts'
import { isPassing } from '../schedule/try-again.ts'
import { type Ask, askOn } from '../step-hooks.ts'
import { batchTests, type TestBatch } from './batch-tests.ts'
import {
  type Count,
  countAlone,
  countSubject,
  countTogether,
  failingRows,
  setFormerRows,
} from './count-failures.ts'
import { renderLateTest } from './render-late-test.ts'
import type { Verdict } from './verdict.ts'

export interface RunDataTestsOptions {
  /** SQL of a test as it is to be run: one that reads another relation in the place of its subject. */
  readonly substitute?: (sql: string) => string
  /** Renders the SQL of a late test. Must be there where a step is late. */
  readonly renderLate?: (step: DataTestStep, ask: Ask) => Promise<CompiledSelect>
  /** How many failing rows to fetch of each test that does not pass. Default: 0. */
  readonly rows?: number
  /** The rows that tests counted when they last passed, by node; see `readFormerRows`. */
  readonly formerRows?: ReadonlyMap<NodeId, number>
}

/**
 * Asks data tests on a session inside an open transaction, those of one subject in one scan, and judges each for itself.
 * What one of them does wrong is its own verdict and leaves the transaction as it was. Throws `DatabaseError` where nothing
 * can be asked any more: cancelled, a lost connection, a deadlock.
 */
export async function runDataTests(
  session: Queryable,
  steps: readonly DataTestStep[],
  options: RunDataTestsOptions = {},
): Promise<ReadonlyMap<NodeId, Verdict>> {
  const { substitute = (sql) => sql, formerRows = new Map(), rows: mostRows = 0 } = options
  const verdicts = new Map<NodeId, Verdict>()
  if (steps.some(({ tally }) => tally?.remembersRows === true)) await setFormerRows(session, formerRows)
  const { batches, single } = batchTests(steps)
  for (const batch of batches)
    if (!(await askTogether(batch))) for (const { step } of batch.tests) await askAlone(step)
  for (const step of single) await askAlone(step)
  return new Map(steps.map(({ id }) => [id, verdicts.get(id)!]))

  async function askTogether({ from, tests }: TestBatch): Promise<boolean> {
    const asked: TestBatch = {
      from: substitute(from),
      tests: tests.map(({ step, tally }) => ({
        step,
        tally: { ...tally, failures: substitute(tally.failures) },
      })),
    }
    const counts = await undoing(session, () => countTogether(session, asked))
    // One that is broken breaks them all.
    if ('error' in counts) return false
    for (const [index, { step }] of tests.entries()) await judge(step, counts.value[index]!, step.select.full)
    return true
  }

  /** What the template of a test does is not there for the next one. */
  async function askAlone(step: DataTestStep): Promise<void> {
    if (!step.late) return askOne(step)
    await session.query('savepoint strata_template')
    await askOne(step)
    await session.query('rollback to savepoint strata_template')
    await session.query('release savepoint strata_template')
  }

  async function askOne(step: DataTestStep): Promise<void> {
    let select = step.select.full
    const counted = await undoing(session, async (): Promise<Count> => {
      if (step.late) select = (await renderLateTest(options, step, askOn(session))).full
      const count = await countAlone(session, step, substitute(select))
      return step.tally?.remembersRows === true
        ? { ...count, measured: await countSubject(session, substitute(step.tally.from)) }
        : count
    })
    if ('error' in counted) broken(step, counted.error)
    else await judge(step, counted.value, select)
  }

  async function judge(step: DataTestStep, count: Count, select: string): Promise<void> {
    const wantsRows = mostRows > 0 && count.status !== 'success'
    const found = wantsRows
      ? await undoing(session, () => failingRows(session, step, substitute(select), mostRows))
      : { value: [] }
    verdicts.set(step.id, {
      kind: 'judged',
      ...count,
      ...(count.measured === undefined || formerRows.has(step.id) ? {} : { isFirst: true as const }),
      // The count stands, with or without rows to show.
      rows: 'error' in found ? [] : found.value,
    })
  }

  function broken(step: DataTestStep, error: StrataError): void {
    verdicts.set(step.id, { kind: 'broken', error: hideValues(step, error) })
  }
}

type Undone<T> = { readonly value: T } | { readonly error: StrataError }

/** Does what may fail, and undoes it then, so that the transaction goes on. */
async function undoing<T>(session: Queryable, work: () => Promise<T>): Promise<Undone<T>> {
  await session.query('savepoint strata_test')
  try {
    const value = await work()
    await session.query('release savepoint strata_test')
    return { value }
  } catch (error) {
    if (!(error instanceof StrataError) || isCancellation(error) || isPassing(error)) throw error
    if (error instanceof DatabaseError && error.code === 'CONNECTION_LOST') throw error
    await session.query('rollback to savepoint strata_test')
    await session.query('release savepoint strata_test')
    return { error }
  }
}
