import type { CatalogColumn, CatalogRelation, Queryable, RelationName } from '@strata/core'

interface CatalogRow extends Omit<CatalogRelation, 'columns' | 'rows' | 'bytes'> {
  readonly rows: string | null
  readonly bytes: string | null
  readonly columns: readonly (readonly [name: string, type: string, index: number, comment: string | null])[]
}

/** Those of the relations that are there, with their columns and what the catalog tells of their size. No table is read, nor locked. */
export async function readCatalog(
  queryable: Queryable,
  relations: readonly RelationName[],
): Promise<readonly CatalogRelation[]> {
  const { rows } = await queryable.query<CatalogRow>({
    text: query,
    values: [relations.map(({ schema }) => schema), relations.map(({ name }) => name)],
  })
  return rows.map(({ columns, rows: count, bytes, ...relation }) => ({
    ...relation,
    rows: count === null ? null : Number(count),
    bytes: bytes === null ? null : Number(bytes),
    columns: columns.map(([name, type, index, comment]): CatalogColumn => ({ name, type, index, comment })),
  }))
}

// Sizes are those of the partitions together, which pg_total_relation_size does not tell of their parent.
const query = `select n.nspname as schema, c.relname as name, pg_get_userbyid(c.relowner) as owner,
  case c.relkind when 'v' then 'VIEW' when 'm' then 'MATERIALIZED VIEW' when 'f' then 'FOREIGN TABLE'
    else 'BASE TABLE' end as type,
  obj_description(c.oid, 'pg_class') as comment,
  case when c.relkind <> 'v' and c.reltuples >= 0 then c.reltuples::bigint end::text as rows,
  case when c.relkind in ('r', 'm') then pg_total_relation_size(c.oid)
    when c.relkind = 'p' then (select sum(pg_total_relation_size(t.relid)) from pg_partition_tree(c.oid) t)
  end::text as bytes,
  to_char(greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid))
    at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "analyzedAt",
  coalesce(a.columns, '[]') as columns
from unnest($1::text[], $2::text[]) as wanted (schema_name, relation_name)
join pg_namespace n on n.nspname = wanted.schema_name
join pg_class c on c.relnamespace = n.oid and c.relname = wanted.relation_name
  and c.relkind in ('r', 'v', 'f', 'p', 'm')
left join lateral (
  select json_agg(json_build_array(attname, format_type(atttypid, atttypmod), attnum,
    col_description(attrelid, attnum)) order by attnum) as columns
  from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
) as a on true
order by n.nspname, c.relname`
