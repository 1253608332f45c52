import { setTimeout as delay } from 'node:timers/promises'
import {
  ConfigurationError,
  type Database,
  DatabaseError,
  type NodeId,
  type Plan,
  type Session,
  type Step,
} from '@strata/core'
import { runnerMigrations } from './runner-migrations.ts'
import { stateKey } from './state-key.ts'
import { type RelationStep, readStoredStates, type StoredState } from './step-state.ts'

/**
 * The state of every model and seed of a plan, for `models plan` to explain: a function of the plan's steps. Reads only;
 * works on a database that Strata has never seen.
 */
export async function readState(
  database: Database,
  plan: Plan,
): Promise<(step: Pick<Step, 'id'>) => StoredState> {
  const states = await readStatesAgain(database, plan)
  return (step) => {
    const state = states.get(step.id)
    if (state === undefined) throw new Error(`${step.id} is not a step of the plan whose state was read`)
    return state
  }
}

/** A view that somebody replaces while its definition is read gives XX000; a moment later it can be read. */
async function readStatesAgain(database: Database, plan: Plan): Promise<ReadonlyMap<NodeId, StoredState>> {
  for (let tries = 1; ; tries++) {
    try {
      return await readStates(database, plan)
    } catch (error) {
      if (!(error instanceof DatabaseError) || error.sqlstate !== 'XX000' || tries >= 20) throw error
      await delay(20 + Math.random() * 60)
    }
  }
}

async function readStates(database: Database, plan: Plan): Promise<ReadonlyMap<NodeId, StoredState>> {
  const steps = plan.steps.filter(
    (step) => step.kind === 'model' || step.kind === 'seed' || step.kind === 'snapshot',
  )
  const read = (work: (transaction: Session) => Promise<ReadonlyMap<NodeId, StoredState>>) =>
    database.transaction(work, { executesOnlyOurs: true })
  let isUsed = false
  try {
    return await read(async (transaction) => {
      const version = await storedVersion(transaction)
      isUsed = version > 0
      if (!isUsed) return unknownStates(transaction, steps)
      if (version < newestVersion) throw outdated()
      const states = await readStoredStates(transaction, stateKey(plan.target), steps)
      return withDefinitionHashes(transaction, states)
    })
  } catch (error) {
    if (isUsed || !(error instanceof DatabaseError) || !neverUsed.has(error.sqlstate ?? '')) throw error
    return read((transaction) => unknownStates(transaction, steps))
  }
}

const newestVersion = runnerMigrations.at(-1)!.version

/** invalid_schema_name, undefined_table */
const neverUsed = new Set(['3F000', '42P01'])

/** The version of the runner's tables; 0 on a database that has lost them, and an error (`neverUsed`) on one that has none of Strata's. */
async function storedVersion(transaction: Session): Promise<number> {
  const { rows } = await transaction.query<{ version: number }>({
    text: `set transaction read only;
select case when to_regclass('strata.relations') is null then 0 else coalesce(max(version), 0)::int end as version
from strata.migrations where component = 'runner'`,
    script: true,
  })
  return rows[0]!.version
}

function outdated(): ConfigurationError {
  return new ConfigurationError({
    code: 'STATE_OUTDATED',
    message: 'the state in this database was written by an older Strata',
    hint: 'The next models run upgrades it; after that it can be explained.',
  })
}

/** Before the first run: whatever stands under a model's name is a stranger's. */
async function unknownStates(
  transaction: Session,
  steps: readonly RelationStep[],
): Promise<ReadonlyMap<NodeId, StoredState>> {
  const { rows } = await transaction.query<{ place: number; oid: string | null }>({
    text: `select w.place::int as place, c.oid::text as oid
from unnest($1::text[], $2::text[]) with ordinality as w (schema_name, relation_name, place)
left join pg_namespace n on n.nspname = w.schema_name
left join pg_class c on c.relnamespace = n.oid and c.relname = w.relation_name
order by place`,
    values: [steps.map((step) => step.relation.schema), steps.map((step) => step.relation.name)],
  })
  return new Map(
    rows.map(({ place, oid }) => [
      steps[place - 1]!.id,
      {
        oid,
        relation: oid === null ? null : { kind: 'other', definitionHash: null },
        fingerprint: null,
        definitionHash: null,
        doubt: null,
        edges: [],
        foreign: oid !== null,
        hidesRows: false,
        hasRetired: false,
      },
    ]),
  )
}

async function withDefinitionHashes(
  transaction: Session,
  states: ReadonlyMap<NodeId, StoredState>,
): Promise<ReadonlyMap<NodeId, StoredState>> {
  const views = [...states.values()]
    .filter(({ relation }) => relation?.kind === 'view' || relation?.kind === 'materialized_view')
    .map((state) => state.oid)
  if (views.length === 0) return states
  const { rows } = await transaction.query<{ oid: string; hash: string }>({
    text: `set local search_path = pg_catalog;
select oid::text as oid, md5(pg_get_viewdef(oid)) as hash from unnest('{${views.join(',')}}'::oid[]) as v (oid)`,
    script: true,
  })
  const hashes = new Map(rows.map(({ oid, hash }) => [oid, hash]))
  return new Map(
    [...states].map(([id, state]) => {
      const definitionHash = hashes.get(state.oid ?? '') ?? null
      return [
        id,
        state.relation === null ? state : { ...state, relation: { ...state.relation, definitionHash } },
      ]
    }),
  )
}
