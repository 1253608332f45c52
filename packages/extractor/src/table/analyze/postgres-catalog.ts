import type { ChangeType } from '../table-source.ts'
import type { CatalogColumn, CatalogTable } from './analyzed-server.ts'

/** A row a table: columns and unique indexes as JSON. Of tables that were never analyzed the size tells about how many rows there are. */
export const postgresCatalog = String.raw`
select case when n.nspname = current_schema() then null else n.nspname end as schema, c.relname as name, c.relkind as kind,
  case
    when c.relkind in ('v', 'f') then null
    when c.relkind = 'p' then (
      select sum(case when leaf.reltuples < 0 then pg_catalog.pg_relation_size(leaf.oid) / 100 else leaf.reltuples end)
      from pg_catalog.pg_partition_tree(c.oid) as part join pg_catalog.pg_class as leaf on leaf.oid = part.relid
      where part.isleaf)
    when c.reltuples < 0 then pg_catalog.pg_relation_size(c.oid) / 100
    else c.reltuples
  end as estimate,
  (
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
      'name', a.attname,
      'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
      'base', coalesce(base.typname, t.typname),
      'scale', case when a.atttypmod >= 4 then (a.atttypmod - 4) & 65535 end,
      'nullable', not a.attnotnull,
      'setOnUpdate', exists (
        select 1 from pg_catalog.pg_trigger as g join pg_catalog.pg_proc as f on f.oid = g.tgfoid
        where g.tgrelid = c.oid and not g.tgisinternal and g.tgenabled <> 'D' and g.tgtype & 19 = 19 and g.tgattr = '' and g.tgqual is null
          and (
            pg_catalog.lower(f.prosrc) ~ ('new\s*\.\s*"?' || pg_catalog.regexp_replace(pg_catalog.lower(a.attname), '([^a-z0-9_])', '\\\1', 'g') || '"?\s*:?=')
            or f.proname = 'moddatetime' and pg_catalog.encode(g.tgargs, 'escape') = a.attname || '\000')),
      'leadsIndex', exists (
        select 1 from pg_catalog.pg_index as i
        where i.indrelid = c.oid and i.indisvalid and i.indpred is null and i.indkey[0] = a.attnum)
    ) order by a.attnum), '[]')
    from pg_catalog.pg_attribute as a
    join pg_catalog.pg_type as t on t.oid = a.atttypid
    left join pg_catalog.pg_type as base on base.oid = nullif(t.typbasetype, 0)
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  ) as columns,
  (
    select pg_catalog.jsonb_build_object('of', case when i.indisprimary then 'primary' else 'unique' end, 'columns', (
      select pg_catalog.jsonb_agg(a.attname order by k.place)
      from pg_catalog.unnest(i.indkey::smallint[]) with ordinality as k(attnum, place)
      join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = k.attnum
      where k.place <= i.indnkeyatts))
    from pg_catalog.pg_index as i
    where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null and not exists (
      select 1
      from pg_catalog.unnest(i.indkey::smallint[]) with ordinality as k(attnum, place)
      join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = k.attnum
      where k.place <= i.indnkeyatts and not a.attnotnull and c.relkind <> 'm')
    order by i.indisprimary desc, i.indnkeyatts, i.indexrelid
    limit 1
  ) as key
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition and c.relpersistence <> 't'
  and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'strata')
  and not exists (
    select 1 from pg_catalog.pg_depend as d
    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by n.nspname <> current_schema(), n.nspname, c.relname`

export interface PostgresTableRow {
  readonly schema: string | null
  readonly name: string
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f'
  readonly estimate: string | number | null
  readonly columns: readonly (Omit<CatalogColumn, 'change'> & {
    readonly base: string
    readonly scale: number | null
  })[]
  readonly key: CatalogTable['key']
}

export function postgresTables(rows: readonly PostgresTableRow[]): readonly CatalogTable[] {
  return rows.map(
    ({ schema, name, kind, estimate, columns, key }): CatalogTable => ({
      schema,
      name,
      kind: kind === 'v' || kind === 'm' ? 'view' : kind === 'f' ? 'foreign table' : 'table',
      engine: null,
      transactional: true,
      rows: estimate === null ? null : Math.round(Number(estimate)),
      key,
      columns: columns.map(({ base, scale, ...column }) => ({ ...column, change: changeOf(base, scale) })),
    }),
  )
}

function changeOf(type: string, scale: number | null): ChangeType | null {
  switch (type) {
    case 'date':
      return 'date'
    case 'timestamp':
      return 'local_time'
    case 'timestamptz':
      return 'instant'
    case 'int2':
    case 'int4':
    case 'int8':
      return 'number'
    default:
      return type === 'numeric' && scale === 0 ? 'number' : null
  }
}
