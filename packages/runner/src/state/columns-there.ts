import type { NodeId, Queryable, RelationName } from '@strata/core'

/** The columns of relations in their order, by node; those that are not there are left out. One query. */
export async function columnsThere(
  queryable: Queryable,
  relations: ReadonlyMap<NodeId, RelationName>,
): Promise<ReadonlyMap<NodeId, readonly string[]>> {
  if (relations.size === 0) return new Map()
  const entries = [...relations]
  const { rows } = await queryable.query<{ node: NodeId; columns: readonly string[] }>({
    text: `select w.node, json_agg(a.attname::text order by a.attnum) as columns
from unnest($1::text[], $2::text[], $3::text[]) as w (node, schema_name, relation_name)
join pg_namespace n on n.nspname = w.schema_name
join pg_class c on c.relnamespace = n.oid and c.relname = w.relation_name
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
group by w.node`,
    values: [
      entries.map(([node]) => node),
      entries.map(([, { schema }]) => schema),
      entries.map(([, { name }]) => name),
    ],
  })
  return new Map(rows.map(({ node, columns }) => [node, columns]))
}
