import {
  type CompanionOutcome,
  type CompanionOutcomes,
  type DataTestStep,
  type NodeId,
  type RelationName,
  type Session,
  type StepContext,
  type StepOutcome,
  StrataError,
} from '@strata/core'
import type { RelationStep } from '../state/step-state.ts'

/** Asks data tests inside an open transaction, which is as before when it is done. Never throws for what a test does. */
export type AskTests = (
  transaction: Session,
  tests: readonly DataTestStep[],
  context: StepContext,
  /** What is read in the place of what the tests name; null: what they name. */
  reading: Reading | null,
) => Promise<AskedTests>

export interface Reading {
  readonly node: NodeId
  readonly relation: RelationName
  readonly standIn: RelationName
}

/** What a template finds where it refers to a node. */
export interface Instead {
  readonly of: NodeId
  readonly relation: RelationName
}

export interface AskedTests {
  readonly outcomes: CompanionOutcomes
  /** Writes the failing rows that were found where they can be looked at, once the transaction is over. Returns how many. */
  keepRows(context: StepContext): Promise<number>
  /** Makes the tables of failures that tests ask for, from what has been published. */
  storeFailures(context: StepContext): Promise<void>
}

/** Stands between what a step has made and its publication. */
export interface Gate {
  /** Asks the tests of what was made beside. Throws `GateClosed`. */
  ask(standIn: RelationName): Promise<void>
  /** Asks them of the relation itself, unless they have been asked. Throws `GateClosed`. */
  pass(): Promise<AskedTests | null>
}

/** A test of error severity failed: the transaction is to be rolled back. */
export class GateClosed extends Error {
  readonly asked: AskedTests
  /** A hook has committed: what the tests found is there to be read. */
  readonly isPublished: boolean

  constructor(asked: AskedTests, isPublished = false) {
    super('tests failed')
    this.asked = asked
    this.isPublished = isPublished
  }
}

export function openGate(
  transaction: Session,
  step: RelationStep,
  context: StepContext,
  askTests: AskTests | undefined,
): Gate {
  const tests = (context.companions ?? []).filter((one): one is DataTestStep => one.kind === 'data_test')
  let found: AskedTests | null = null

  async function ask(standIn: RelationName | null): Promise<AskedTests | null> {
    if (tests.length === 0) return null
    if (askTests === undefined) throw noTests(step)
    const { id: node, relation } = step
    const asked = await askTests(transaction, tests, context, standIn && { node, relation, standIn })
    if (Object.values(asked.outcomes).some(({ status }) => status === 'failed')) throw new GateClosed(asked)
    return asked
  }

  return {
    async ask(standIn) {
      found ??= await ask(standIn)
    },
    async pass() {
      found ??= await ask(null)
      return found
    },
  }
}

/** Asks the tests behind a hook that has ended the transaction, in another one. Throws `GateClosed`. */
export async function passBehind(transaction: Session, gate: Gate): Promise<AskedTests | null> {
  await transaction.query('begin')
  try {
    return await gate.pass()
  } catch (error) {
    throw error instanceof GateClosed ? new GateClosed(error.asked, true) : error
  }
}

/** How a step ends whose tests did not let it through, after the end of its transaction. */
export async function endClosed(
  { asked, isPublished }: GateClosed,
  context: StepContext,
): Promise<StepOutcome> {
  const { outcomes } = asked
  const all = Object.values(outcomes)
  const failed = all.filter(({ status }) => status === 'failed').length
  const message = `${isPublished ? 'a hook of it has committed' : 'not published'}: ${failed === 1 && all.length === 1 ? 'its test' : `${failed} of its ${all.length} tests`} failed`
  await asked.keepRows(context)
  return {
    status: 'failed',
    action: 'none',
    message,
    counts: {},
    companions: Object.fromEntries(Object.entries(outcomes).map(([id, one]) => [id, withoutMeasure(one)])),
    failure: {
      code: 'TESTS_FAILED',
      message,
      hint: hintOf(outcomes, isPublished),
    },
  }
}

function hintOf(outcomes: CompanionOutcomes, isPublished: boolean): string {
  if (isPublished) return 'It is published: leave COMMIT out of its hooks, and tests come before.'
  const failed = Object.values(outcomes).filter(({ status }) => status === 'failed')
  const stands = 'It stands as it was before; a view shows what it reads.'
  return failed.every(({ failure }) => failure?.code !== 'DATA_TEST_FAILED')
    ? `${stands} A test that cannot be asked lets nothing through: mend the test.`
    : `${stands} Mend what the tests found, or let a test only warn: severity: warn.`
}

/** What was counted of rows that nobody got to see is nothing to compare with. */
function withoutMeasure(outcome: CompanionOutcome): CompanionOutcome {
  const { measured: _, ...counts } = outcome.counts
  return { ...outcome, counts }
}

function noTests(step: RelationStep): StrataError {
  return new StrataError({
    code: 'TESTS_NOT_ASKED',
    message: `tests gate ${step.name}, and nothing is there that asks them`,
    hint: 'Build with the command line of the project.',
  })
}
