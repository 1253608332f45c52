import { hash } from 'node:crypto'
import {
  DatabaseError,
  type DataTestStep,
  deriveName,
  displayRelation,
  quoteIdentifier,
  quoteRelation,
  type RelationName,
  type Session,
  type StepContext,
  StrataError,
} from '@strata/core'
import { inTermsOfSelect } from '../publish/in-terms-of-select.ts'
import { lockKey } from '../publish/relation-lock.ts'
import { stateKey } from '../state/state-key.ts'
import { upsertRelation } from '../state/store-state.ts'
import { limited } from './count-failures.ts'

/**
 * Puts the failing rows of a test in the place of those of its run before, as a table or a view. Readers of the old rows wait
 * for the end alone. Returns the SELECT of what is stored. Throws `NOT_OURS` for a relation of that name that Strata did not make, and `DatabaseError`.
 */
export async function storeFailures(
  transaction: Session,
  context: StepContext,
  step: DataTestStep,
  store: { readonly as: 'table' | 'view'; readonly relation: RelationName; readonly select: string },
): Promise<string> {
  const { as, relation, select } = store
  await transaction.query({
    text: 'select pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))',
    values: [lockKey(relation)],
  })
  const former = await readFormer(transaction, stateKey(context.target), relation)
  if (former !== null && !former.ours) throw notOurs(step, relation)
  const fresh = { schema: relation.schema, name: deriveName(relation.name, '__new') }
  const failing = limited(step, select)
  await inTermsOfSelect(select, () =>
    transaction.query(`create ${as} ${quoteRelation(fresh)} as\n${failing}`),
  )
  if (former !== null) await dropFormer(transaction, former.kind, relation)
  await transaction.query(`alter ${as} ${quoteRelation(fresh)} rename to ${quoteIdentifier(relation.name)}`)
  await upsertRelation(transaction, relation, {
    node: step.id,
    fingerprint: hash('md5', select),
    retired: false,
    context,
  })
  return `select * from ${quoteRelation(relation)}`
}

interface Former {
  readonly kind: string
  readonly ours: boolean
}

async function readFormer(transaction: Session, key: string, relation: RelationName): Promise<Former | null> {
  const { rows } = await transaction.query<Former>({
    text: `select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end as kind,
  exists (select from strata.relations r where r.target = $1 and r.schema_name = $2 and r.relation_name = $3
    and (r.relation_oid = c.oid or r.xmin <> r.written_by::xid)) as ours
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $2 and c.relname = $3`,
    values: [key, relation.schema, relation.name],
  })
  return rows[0] ?? null
}

async function dropFormer(transaction: Session, kind: string, relation: RelationName): Promise<void> {
  try {
    await transaction.query(`drop ${kind} ${quoteRelation(relation)}`)
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlstate !== '2BP01') throw error
    throw new StrataError({
      code: 'DEPENDENT_VIEW',
      message: `something reads ${displayRelation(relation)}, which holds failing rows and is made anew: ${error.detail ?? ''}`,
      hint: 'Drop what reads it.',
      cause: error,
    })
  }
}

function notOurs(step: DataTestStep, relation: RelationName): StrataError {
  return new StrataError({
    code: 'NOT_OURS',
    message: `the failing rows of ${step.name} belong into ${displayRelation(relation)}, but Strata did not make what is there`,
    hint: `Drop or rename it, or give the test another place: config: { schema: …, alias: … }.`,
  })
}
