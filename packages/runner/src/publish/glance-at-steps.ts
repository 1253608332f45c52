import { type Database, DatabaseError, type NodeId, type StepContext, type StepFacts } from '@strata/core'
import { readRelationRows } from '../state/relation-rows.ts'
import { stateKey } from '../state/state-key.ts'
import { type RelationStep, type StoredState, stateOf } from '../state/step-state.ts'
import type { FactsFunction } from './read-step.ts'
import { sessionName } from './session-name.ts'

export interface Glanced {
  readonly facts: StepFacts
  readonly state: StoredState
}

/**
 * What steps would find under their locks, in one statement and without them: enough to see that there is nothing to do, for at
 * the moment of its snapshot there was nothing. Steps of which that cannot be told so are left out; all of them where
 * something is busy. Waits for nobody.
 */
export async function glanceAtSteps(
  database: Database,
  prepared: FactsFunction,
  steps: readonly RelationStep[],
  context: StepContext,
): Promise<ReadonlyMap<NodeId, Glanced>> {
  const key = stateKey(context.target)
  const about = steps.length === 1 ? steps[0]!.name : `${steps.length} relations`
  const session = { applicationName: sessionName(context.runId, about), signal: context.signal }
  try {
    return await database.transaction(
      async (transaction) => {
        // Names in definitions come out qualified, as they are stored; and a glance that has to wait is none.
        await transaction.query({
          text: `set local search_path = pg_catalog, pg_temp; set local lock_timeout = '100ms'`,
          script: true,
        })
        const rows = await readRelationRows(transaction, key, steps, prepared)
        const glanced = new Map<NodeId, Glanced>()
        for (const [place, { state: row, snapshot, found }] of rows.entries()) {
          const relation = prepared.parse(found)
          const state = stateOf(row, key, [])
          if (relation === null || relation === 'busy' || state.foreign || state.hidesRows) continue
          glanced.set(steps[place]!.id, { facts: { ...state, relation, snapshot }, state })
        }
        return glanced
      },
      { ...session, executesOnlyOurs: true },
    )
  } catch (error) {
    if (error instanceof DatabaseError && busy.has(error.sqlstate ?? '')) return new Map()
    throw error
  }
}

/** internal_error (a view that somebody replaces at this moment), lock_not_available, out of memory for locks */
const busy = new Set(['XX000', '55P03', '53200'])
