import { setTimeout as delay } from 'node:timers/promises'
import {
  quoteLiteral,
  type RelationFacts,
  type Session,
  type StepContext,
  snapshotWithOwn,
} from '@strata/core'
import { stateKey } from '../state/state-key.ts'
import {
  type RelationRow,
  type RelationStep,
  readEdges,
  type StoredState,
  stateOf,
} from '../state/step-state.ts'
import type { RelationExecutorOptions } from './relation-executor.ts'

/** A function of the server: `(relation oid, whole boolean, patience integer) returns json`; the patience in milliseconds, or null. */
export interface FactsFunction {
  readonly name: string
  /** What it returns of the surface, as an expression for many relations in one statement. */
  surfaceOf(oid: string): string
  /** What either returned; `busy`: the facts cannot be read at this moment. */
  parse(found: unknown): RelationFacts | 'busy' | null
}

export interface StepRead {
  readonly state: StoredState
  readonly snapshot: string
  /** The same snapshot, in which this transaction counts as seen. */
  readonly withOwn: string
  /** Null where the server has no function for the facts, or they could not be read at this moment. */
  readonly found: { readonly relation: RelationFacts | null; readonly extent: 'whole' | 'surface' } | null
}

/** What `strata.read_step(…)` returns. */
interface Row {
  readonly state: RelationRow
  readonly snapshot: string
  readonly whole: boolean
  readonly found: unknown
}

/** What a step is read by: it goes as a script, so that it can be sent together with the lock that it comes after. */
export interface StepReading {
  readonly prepared: FactsFunction | null
  /** The columns of a SELECT, which yields one row of `StepAnswer`. */
  readonly columns: string
}

export interface StepAnswer {
  readonly read: Row
  readonly with_own: string | null
}

/** `wantsWhole`: all facts, also where the stored fingerprint is that of the step. */
export async function readingOf(
  options: RelationExecutorOptions,
  step: RelationStep,
  context: StepContext,
  wantsWhole: boolean,
): Promise<StepReading> {
  const prepared = (await options.prepareFacts?.(options.database)) ?? null
  const { schema, name } = step.relation
  const texts = [stateKey(context.target), schema, name, step.fingerprint].map(quoteLiteral).join(', ')
  const facts = prepared === null ? 'null' : quoteLiteral(prepared.name)
  const mayHaveWritten = (step.preHooks ?? []).length > 0
  // A temporary copy has its parent's name; only where it is asked for may it stand in for the parent.
  const columns = `strata.read_step(${texts}, ${wantsWhole}, ${facts}, null) as read, ${mayHaveWritten ? withOwnNow : 'null'} as with_own,
  set_config('search_path', pg_catalog.concat_ws(', ', nullif(current_setting('search_path'), ''), 'pg_temp'), true)`
  return { prepared, columns }
}

/**
 * The state of a step, its snapshot and the facts of its relation, seen in one snapshot: their whole, or only the surface where
 * the stored fingerprint is that of the step and the reading wants no more. `answer`: that of the reading, where it has been asked.
 */
export async function readStep(
  transaction: Session,
  { prepared, columns }: StepReading,
  step: RelationStep,
  context: StepContext,
  answer: StepAnswer | null = null,
): Promise<StepRead> {
  const ask = () => transaction.query<StepAnswer>({ text: `select ${columns}`, script: true })
  const key = stateKey(context.target)
  for (let tries = 1; ; tries++) {
    const { read, with_own: withOwn } = tries === 1 && answer !== null ? answer : (await ask()).rows[0]!
    const { state: row, snapshot, whole, found } = read
    const relation = prepared?.parse(found) ?? null
    if (relation === 'busy' && tries < 20) {
      await delay(20 + Math.random() * 60, undefined, { signal: context.signal })
      continue
    }
    const edges = await readEdges(transaction, key, [step])
    return {
      state: stateOf(row, key, edges.get(step.id) ?? []),
      snapshot,
      withOwn: withOwn ?? snapshot,
      found:
        prepared === null || relation === 'busy' ? null : { relation, extent: whole ? 'whole' : 'surface' },
    }
  }
}

const withOwnNow = `case when pg_current_xact_id_if_assigned() is not null then ${snapshotWithOwn} end`
