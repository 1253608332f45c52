import type { DataTestStep, Tally } from '@strata/core'
import { plainCondition } from './plain-condition.ts'

/** Tests of one subject, which are counted by one scan of it. */
export interface TestBatch {
  readonly from: string
  readonly tests: readonly TalliedTest[]
}

export interface TalliedTest {
  readonly step: DataTestStep
  readonly tally: Tally
}

/** A SELECT may have 1,664 columns, and the more conditions, the more likely that one is broken. */
const mostTests = 200

/** Puts together the tests that one scan can count, and leaves the others, each for itself. */
export function batchTests(steps: readonly DataTestStep[]): {
  readonly batches: readonly TestBatch[]
  readonly single: readonly DataTestStep[]
} {
  const bySubject = new Map<string, TalliedTest[]>()
  const single: DataTestStep[] = []
  for (const step of steps) {
    const tally = tallyOf(step)
    if (tally === null) {
      single.push(step)
      continue
    }
    const same = bySubject.get(tally.from)
    if (same === undefined) bySubject.set(tally.from, [{ step, tally }])
    else same.push({ step, tally })
  }
  const batches: TestBatch[] = []
  for (const [from, tests] of bySubject) {
    if (tests.length === 1 && tests[0]!.tally.remembersRows !== true) single.push(tests[0]!.step)
    else
      for (let at = 0; at < tests.length; at += mostTests)
        batches.push({ from, tests: tests.slice(at, at + mostTests) })
  }
  return { batches, single }
}

/** How the test is counted with others; null where its configuration asks for more than a count of its rows. */
export function tallyOf({ tally, config, late, store }: DataTestStep): Tally | null {
  if (tally === undefined || late || store !== undefined) return null
  const { failCalc, limit, warnIf, errorIf } = config
  const isPlain = limit === null && /^\s*count\(\s*\*\s*\)\s*$/i.test(failCalc)
  return isPlain && plainCondition(warnIf) !== null && plainCondition(errorIf) !== null ? tally : null
}
