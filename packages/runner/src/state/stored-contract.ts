import {
  type RelationFacts,
  type Session,
  type StepContext,
  type StoredContract,
  storedContract,
} from '@strata/core'
import { stateKey } from './state-key.ts'
import type { RelationStep } from './step-state.ts'

/** What a table promised when it was last published; it is asked for only where that can make a difference. */
export async function readStoredContract(
  transaction: Session,
  step: RelationStep,
  relation: RelationFacts | null,
): Promise<{ readonly contract?: StoredContract }> {
  const promises = (step.contract?.constraints ?? []).length > 0
  const mayHavePromised = relation?.constraints.some(
    ({ name, type }) => type === 'not_null' && name !== 'changed_xid',
  )
  if (relation?.kind !== 'table' || !(promises || mayHavePromised)) return {}
  const { rows } = await transaction.query<{ contract: StoredContract | null }>({
    text: `select contract from strata.relations
where schema_name = $1 and relation_name = $2 and not retired order by built_at desc limit 1`,
    values: [step.relation.schema, step.relation.name],
  })
  const contract = rows[0]?.contract ?? null
  return contract === null ? {} : { contract }
}

/** Behind the record of the relation. `had`: something is stored that no longer holds. */
export async function storeContract(
  transaction: Session,
  step: RelationStep,
  context: StepContext,
  had: boolean,
): Promise<void> {
  if (step.contract === undefined && !had) return
  await transaction.query({
    text: 'update strata.relations set contract = $4 where target = $1 and schema_name = $2 and relation_name = $3',
    values: [
      stateKey(context.target),
      step.relation.schema,
      step.relation.name,
      step.contract === undefined ? null : JSON.stringify(storedContract(step.contract)),
    ],
  })
}
