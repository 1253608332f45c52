import { type DataTestStep, type Failure, quoteRelation, type StepOutcome } from '@strata/core'
import { describeFailure } from '../schedule/describe-failure.ts'
import type { Judged, Verdict } from './verdict.ts'

/** How the step of a data test ends, with how to see the rows that it found. `kept`: they are in `strata.failing_rows`. */
export function outcomeOf(step: DataTestStep, verdict: Verdict, kept = false): StepOutcome {
  if (verdict.kind === 'broken') {
    const failure = describeFailure(verdict.error)
    return { status: 'failed', action: 'test', message: failure.message, counts: {}, failure }
  }
  const { status, failures, measured } = verdict
  const message = describe(verdict)
  const counts = { failures, ...(measured === undefined ? {} : { measured }) }
  const outcome = { status, action: 'test', message, counts } as const
  if (status !== 'failed') return outcome
  const failure: Failure = { code: 'DATA_TEST_FAILED', message, hint: hintOf(step, kept) }
  return { ...outcome, failure }
}

function describe({ status, failures, measured, isFirst }: Judged): string {
  const rows = failures === 1 ? '1 failing row' : `${failures} failing rows`
  const found = status !== 'success' ? rows : failures === 0 ? 'passed' : `passed with ${rows}`
  if (measured === undefined) return found
  const counted = measured === 1 ? '1 row' : `${measured} rows`
  return isFirst ? `${found}; ${counted}, no earlier run to compare with` : `${found}; ${counted}`
}

function hintOf({ name, store, restricted, tally }: DataTestStep, kept: boolean): string {
  if (store !== undefined && store.as !== 'restricted')
    return `See them with select * from ${quoteRelation(store.relation)}`
  if (store !== undefined || kept)
    return `See them with models show --failures ${name}; they are in strata.failing_rows, which its owner alone may read`
  if (tally?.remembersRows === true)
    return 'The number of rows is compared with that of the last run in which the test did not fail'
  return `See them with models show ${name}${restricted === true ? '' : '; --store-failures keeps them'}`
}
