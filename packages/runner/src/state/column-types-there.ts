import type { NodeId, Queryable, RelationName } from '@strata/core'

export interface ColumnThere {
  readonly name: string
  /** As Postgres writes it, with its length: `character varying(10)`. */
  readonly type: string
  /** As the server describes a query that reads it: of a domain that of the type below it. */
  readonly typeOid: number
}

/** The columns of relations and their types, in their order, by node; relations that are not there are left out. One query. */
export async function columnTypesThere(
  queryable: Queryable,
  relations: ReadonlyMap<NodeId, RelationName>,
): Promise<ReadonlyMap<NodeId, readonly ColumnThere[]>> {
  if (relations.size === 0) return new Map()
  const entries = [...relations]
  const { rows } = await queryable.query<{ node: NodeId; columns: readonly ColumnThere[] }>({
    text: `select w.node, json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
  'typeOid', (case when t.typtype = 'd' then t.typbasetype else t.oid end)::bigint) order by a.attnum) as columns
from unnest($1::text[], $2::text[], $3::text[]) as w (node, schema_name, relation_name)
join pg_namespace n on n.nspname = w.schema_name
join pg_class c on c.relnamespace = n.oid and c.relname = w.relation_name
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
group by w.node`,
    values: [
      entries.map(([node]) => node),
      entries.map(([, { schema }]) => schema),
      entries.map(([, { name }]) => name),
    ],
  })
  return new Map(rows.map(({ node, columns }) => [node, columns]))
}
