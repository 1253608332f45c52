import type { ProofDatabase } from './proof-database.ts'
import { rowsOfRelation, type Scenario } from './scenarios.ts'

/** All of it that anybody can see. */
export interface State {
  /** Of the model, in order; null while it is not there. */
  readonly rows: readonly string[] | null
  /** What each of the readers gets. */
  readonly read: readonly (readonly string[])[]
  /** Tables, views and indexes of the models' schemas, each with its kind, grants and comments. */
  readonly relations: readonly string[]
}

export async function stateOf(own: ProofDatabase, scenario: Scenario): Promise<State> {
  const relations = await own.rows(
    `select concat_ws(' ', n.nspname || '.' || regexp_replace(c.relname, '__strata_old_\\d+$', '__strata_old'), c.relkind, c.relpersistence, c.relacl::text, c.reloptions::text,
  obj_description(c.oid, 'pg_class'), col_description(c.oid, 1)) as text
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('silver', 'gold') or n.nspname like 'pg\\_temp%'`,
  )
  const isThere = relations.some((text) => text.includes('silver.patients '))
  return {
    rows: isThere ? await own.rows(rowsOfRelation) : null,
    read: await Promise.all((scenario.readers ?? []).map((query) => own.rows(query))),
    relations,
  }
}
