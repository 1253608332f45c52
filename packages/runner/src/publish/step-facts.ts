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
import type { RelationStep, StoredState } from '../state/step-state.ts'
import { readStoredContract } from '../state/stored-contract.ts'
import { runPreHooks } from '../step-hooks.ts'
import { readingOf, readStep, type StepAnswer, type StepReading } from './read-step.ts'
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
  const hooks = insideOnly(step.preHooks ?? [])
  const reading = await readingOf(options, step, context, isEnough === undefined || hooks.length > 0)
  let answer = await lockRelation<StepAnswer>(transaction, step, context, reading.columns)
  if (hooks.length > 0) {
    // Hooks may ask what the step is about to do, and may change what it finds.
    const { facts } = await readFacts(transaction, options, step, context, reading, answer)
    const hookContext = { renderHook: options.renderHook, isIncremental: isIncremental(facts) }
    await runPreHooks(transaction, step, hooks, hookContext)
    answer = null
  }
  const known = await readFacts(transaction, options, step, context, reading, answer, isEnough)
  const promised = await readStoredContract(transaction, step, known.facts.relation)
  const read = { ...known, facts: { ...known.facts, ...promised } }
  if (hooks.length === 0 || !(await wroteToParent(transaction, read.facts))) return read
  return { ...read, facts: { ...read.facts, snapshot: read.withOwn, ownWrites: true } }
}

/** Rows that a hook has just written to a parent carry the number of this very transaction. */
async function wroteToParent(transaction: Session, { edges }: StepFacts): Promise<boolean> {
  const parents = edges.filter(({ by, sourceOid }) => by === undefined && sourceOid !== null)
  if (parents.length === 0) return false
  const written = parents.map(
    ({ relation }) =>
      `exists (select from ${quoteRelation(relation)} where changed_xid = pg_current_xact_id())`,
  )
  const { rows } = await transaction.query<{ written: boolean }>(`select ${written.join(' or ')} as written`)
  return rows[0]!.written
}

interface ReadFacts {
  readonly facts: StepFacts
  readonly state: StoredState
  /** The snapshot of the facts, in which this transaction counts as seen. */
  readonly withOwn: string
}

async function readFacts(
  transaction: Session,
  options: RelationExecutorOptions,
  step: RelationStep,
  context: StepContext,
  reading: StepReading,
  answer: StepAnswer | null,
  isEnough?: (facts: StepFacts) => boolean,
): Promise<ReadFacts> {
  const { state, snapshot, withOwn, found } = await readStep(transaction, reading, step, context, answer)
  if (state.foreign && options.judgesForeign !== true) throw notOurs(step, state)
  if (state.hidesRows) throw rowsHidden(step)
  const read = (relation: RelationFacts | null): ReadFacts => ({
    facts: { ...state, relation, snapshot },
    state,
    withOwn,
  })
  if (state.oid === null) return read(null)
  if (found?.extent === 'whole') return read(found.relation)
  if (isEnough !== undefined && state.fingerprint === step.fingerprint) {
    const surface = found ?? {
      relation: await readRelation(transaction, options, step.relation, 'surface'),
    }
    const enough = read(surface.relation)
    if (isEnough(enough.facts)) return enough
  }
  return read(await readRelation(transaction, options, step.relation, 'whole'))
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
