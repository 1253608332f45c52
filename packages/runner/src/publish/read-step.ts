import { setTimeout as delay } from 'node:timers/promises'
import {
  type Queryable,
  type RelationFacts,
  type Session,
  type StepContext,
  type StepFacts,
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
  /** What it returned; `busy`: the facts cannot be read at this moment. */
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

/**
 * The state of a step, its snapshot and the facts of its relation, seen in one snapshot: their whole, or only the surface where
 * the stored fingerprint is that of the step and somebody asks whether that `isEnough`.
 */
export async function readStep(
  transaction: Session,
  options: RelationExecutorOptions,
  step: RelationStep,
  context: StepContext,
  isEnough?: (facts: StepFacts) => boolean,
): Promise<StepRead> {
  const prepared = (await options.prepareFacts?.(options.database)) ?? null
  const key = stateKey(context.target)
  const { schema, name } = step.relation
  const mayHaveWritten = (step.preHooks ?? []).length > 0
  for (let tries = 1; ; tries++) {
    // A temporary copy has its parent's name; only where it is asked for may it stand in for the parent.
    const { rows } = await transaction.query<{ read: Row; with_own: string | null }>({
      text: `select strata.read_step($1, $2, $3, $4, $5, $6, null) as read, ${mayHaveWritten ? withOwnNow : 'null'} as with_own,
  set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''), 'pg_temp'), true)`,
      values: [key, schema, name, step.fingerprint, isEnough === undefined, prepared?.name ?? null],
    })
    const { read, with_own: withOwn } = rows[0]!
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

/**
 * What a step would find under its lock, in one statement and without it: enough to see that there is nothing to do, for at
 * the moment of its snapshot there was nothing. Null where that cannot be told so. Waits for nobody.
 */
export async function glanceAtStep(
  database: Queryable,
  prepared: FactsFunction,
  step: RelationStep,
  context: StepContext,
): Promise<{ readonly facts: StepFacts; readonly state: StoredState } | null> {
  const key = stateKey(context.target)
  const { schema, name } = step.relation
  const { rows } = await database.query<{ read: Row }>({
    text: 'select strata.read_step($1, $2, $3, $4, false, $5, $6) as read',
    values: [key, schema, name, step.fingerprint, prepared.name, patienceMs],
  })
  const { state: row, snapshot, found } = rows[0]!.read
  const relation = prepared.parse(found)
  const state = stateOf(row, key, [])
  if (relation === null || relation === 'busy' || state.foreign || state.hidesRows) return null
  return { facts: { ...state, relation, snapshot }, state }
}

/** A glance that has to wait is none. */
const patienceMs = 100

const withOwnNow = `case when pg_current_xact_id_if_assigned() is not null then ${snapshotWithOwn} end`
