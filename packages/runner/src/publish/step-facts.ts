import { setTimeout as delay } from 'node:timers/promises'
import {
  DatabaseError,
  quoteRelation,
  type RelationFacts,
  type RelationName,
  type Session,
  type StepContext,
  type StepFacts,
  StrataError,
} from '@strata/core'
import { stateKey } from '../state/state-key.ts'
import { type RelationStep, readStoredStates, type StoredState } from '../state/step-state.ts'
import { runPreHooks } from '../step-hooks.ts'
import { insideOnly, type RelationExecutorOptions } from './relation-executor.ts'
import { lockRelation } from './relation-lock.ts'

/**
 * In this order: the lock is held, the snapshot is the bound of every increment, then whatever it bounds is read. Throws
 * `NOT_OURS`, `ROW_SECURITY`.
 */
export async function lockAndReadFacts(
  transaction: Session,
  options: RelationExecutorOptions,
  step: RelationStep,
  context: StepContext,
  isIncremental: (facts: StepFacts) => boolean = () => false,
  /** Whether the surface of the relation tells all that has to be known; no more is read then. */
  isEnough?: (facts: StepFacts) => boolean,
): Promise<{ readonly facts: StepFacts; readonly state: StoredState }> {
  await lockRelation(transaction, step, context)
  const hooks = insideOnly(step.preHooks ?? [])
  if (hooks.length > 0) {
    // Hooks may ask what the step is about to do, and may change what it finds.
    const { facts } = await readFacts(transaction, options, step, context)
    const hookContext = { renderHook: options.renderHook, isIncremental: isIncremental(facts) }
    await runPreHooks(transaction, step, hooks, hookContext)
  }
  return readFacts(transaction, options, step, context, isEnough)
}

async function readFacts(
  transaction: Session,
  options: RelationExecutorOptions,
  step: RelationStep,
  context: StepContext,
  isEnough?: (facts: StepFacts) => boolean,
): Promise<{ readonly facts: StepFacts; readonly state: StoredState }> {
  // A temporary copy has its parent's name; only where it is asked for may it stand in for the parent.
  const { rows } = await transaction.query<{ snapshot: string }>(
    `select pg_current_snapshot()::text as snapshot,
  set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''), 'pg_temp'), true)`,
  )
  const states = await readStoredStates(transaction, stateKey(context.target), [step])
  const state = states.get(step.id)!
  if (state.foreign) throw notOurs(step, state)
  if (state.hidesRows) throw rowsHidden(step)
  const { snapshot } = rows[0]!
  if (state.oid === null) return { facts: { ...state, relation: null, snapshot }, state }
  if (isEnough !== undefined && state.fingerprint === step.fingerprint) {
    const surface = await readRelation(transaction, options, step.relation, 'surface')
    const facts = { ...state, relation: surface, snapshot }
    if (isEnough(facts)) return { facts, state }
  }
  const relation = await readRelation(transaction, options, step.relation, 'whole')
  return { facts: { ...state, relation, snapshot }, state }
}

/**
 * Reading the definition of a view locks every table that it reads, and steps that hold such locks to their end would keep
 * each other from exchanging those tables: the savepoint gives them back. A view that another step replaces at this
 * moment cannot be read (XX000); a moment later it can.
 */
async function readRelation(
  transaction: Session,
  options: RelationExecutorOptions,
  relation: RelationName,
  extent: 'whole' | 'surface',
): Promise<RelationFacts | null> {
  for (let tries = 1; ; tries++) {
    await transaction.query('savepoint strata_facts')
    try {
      return await options.readFacts(transaction, relation, extent)
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.sqlstate !== 'XX000' || tries >= 20) throw error
      await delay(20 + Math.random() * 60)
    } finally {
      await transaction.query('rollback to savepoint strata_facts')
      await transaction.query('release savepoint strata_facts')
    }
  }
}

function notOurs(step: RelationStep, state: StoredState): StrataError {
  const kind =
    state.relation?.kind === 'other' ? 'relation' : (state.relation?.kind ?? 'relation').replace('_', ' ')
  return new StrataError({
    code: 'NOT_OURS',
    message: `there is a ${kind} ${step.name} that Strata did not build`,
    hint: 'Strata never replaces what it does not own. Drop or rename that relation, or choose another name or schema.',
  })
}

/** What is compared with the table would miss the rows that a policy hides, and write them again. */
function rowsHidden(step: RelationStep): StrataError {
  const name = quoteRelation(step.relation)
  return new StrataError({
    code: 'ROW_SECURITY',
    message: `row-level policies of ${step.name} apply to the role that builds it, which therefore does not see all of its rows`,
    hint: `Nothing was changed. Give that role BYPASSRLS, or, where it owns the table, leave the policies to others: alter table ${name} no force row level security.`,
  })
}
