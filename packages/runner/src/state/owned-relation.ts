import { type Database, type Queryable, quoteRelation, type RelationName, type Session } from '@strata/core'
import { lockKey } from '../publish/relation-lock.ts'

/** A row of `strata.relations`, held against the catalog. */
export interface OwnedRelation {
  readonly relation: RelationName
  /** As it was built: `view`, `table`, `materialized view`. */
  readonly kind: string
  /** Nothing of that name is there any more. */
  readonly gone: boolean
  /** What is there now is what was built: the same oid, or, where the record came out of a dump, name and kind. */
  readonly same: boolean
  /** Somebody else began it. */
  readonly takenOver: boolean
}

export async function readOwnedRelations(
  queryable: Queryable,
  key: string,
  which: 'all' | 'retired',
): Promise<readonly OwnedRelation[]> {
  const { rows } = await queryable.query<{
    schema: string
    name: string
    kind: string
    gone: boolean
    same: boolean
    takenOver: boolean
  }>({
    text: `select r.schema_name as schema, r.relation_name as name, replace(r.kind, '_', ' ') as kind, c.oid is null as gone,
  c.oid is not null and (c.oid = r.relation_oid or r.xmin <> r.written_by::xid)
    and r.kind = case when c.relkind in ('r', 'p') then 'table' when c.relkind = 'v' then 'view'
      when c.relkind = 'm' then 'materialized_view' end as same, r.taken_over as "takenOver"
from strata.relations r
left join pg_namespace n on n.nspname = r.schema_name
left join pg_class c on c.relnamespace = n.oid and c.relname = r.relation_name
where r.target = $1 and (r.retired or $2)
order by r.built_at desc`,
    values: [key, which === 'all'],
  })
  return rows.map(({ schema, name, ...rest }) => ({ relation: { schema, name }, ...rest }))
}

/** Drops one relation, never what depends on it, and forgets it. Throws `DatabaseError`, of which 2BP01 says who depends. */
export async function dropOwned(
  database: Database,
  key: string,
  owned: OwnedRelation,
  lockTimeoutMs: number,
): Promise<void> {
  await database.transaction(async (transaction: Session) => {
    await transaction.query(`set local lock_timeout = ${lockTimeoutMs}`)
    await transaction.query({
      text: 'select pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))',
      values: [lockKey(owned.relation)],
    })
    if (owned.same && !owned.takenOver)
      await transaction.query(`drop ${owned.kind} ${quoteRelation(owned.relation)}`)
    await forget(transaction, key, owned.relation)
  })
}

async function forget(transaction: Session, key: string, relation: RelationName): Promise<void> {
  await transaction.query({
    text: `with forgotten as (
  delete from strata.relations where target = $1 and schema_name = $2 and relation_name = $3 returning node, retired
)
delete from strata.watermarks w using forgotten f where w.target = $1 and w.node = f.node and not f.retired`,
    values: [key, relation.schema, relation.name],
  })
}
