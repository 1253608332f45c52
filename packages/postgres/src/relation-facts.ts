import type {
  BoundObject,
  DependentView,
  IndexFacts,
  Queryable,
  RelationFacts,
  RelationKind,
  RelationName,
} from '@strata/core'
import { boundObjectsQuery } from './bound-objects-query.ts'
import { carryOverQuery } from './carry-over-query.ts'

/**
 * What the catalog says of a relation, or null where there is none. To be read inside a transaction that holds the
 * step's lock; the search path is as before when it is done. Outside a transaction it throws: names would be unqualified.
 * Its `surface` leaves out what only matters when it is replaced, and costs most: dependent views, what is bound to it, and
 * what is carried over.
 */
export async function readRelationFacts(
  queryable: Queryable,
  relation: RelationName,
  extent: 'whole' | 'surface' = 'whole',
): Promise<RelationFacts | null> {
  const head = await queryable.query<Head>({ text: headQuery, values: [relation.schema, relation.name] })
  const found = head.rows[0]
  if (found === undefined) return null

  const whole = extent === 'whole'
  // Only with nothing else on the path does every name in a definition come out qualified.
  await queryable.query('set local search_path = pg_catalog')
  const [hash, columns, indexes, views, carryOver, attached, bound] = [
    await queryable.query<{ hash: string | null; path: string }>({
      text: definitionQuery,
      values: [found.oid],
    }),
    await queryable.query<{ name: string; type: string }>({ text: columnsQuery, values: [found.oid] }),
    await queryable.query<IndexFacts>({ text: indexesQuery, values: [found.oid] }),
    whole ? await queryable.query<ViewRow>({ text: dependentViewsQuery, values: [found.oid] }) : nothing,
    whole
      ? await queryable.query<{ statement: string }>({ text: carryOverQuery, values: [found.oid] })
      : nothing,
    await queryable.query<Attached>({ text: attachedQuery, values: [found.oid] }),
    whole ? await queryable.query<BoundObject>({ text: boundObjectsQuery, values: [found.oid] }) : nothing,
  ]
  if (hash.rows[0]?.path !== 'pg_catalog')
    throw new Error('the facts of a relation are read inside a transaction')
  await queryable.query({ text: "select set_config('search_path', $1, true)", values: [found.path] })
  return {
    oid: found.oid,
    kind: kindOf(found.kind),
    columns: columns.rows.map(({ name, type }) => ({ name, type })),
    definitionHash: hash.rows[0]?.hash ?? null,
    options: found.options,
    indexes: indexes.rows.map((index) => ({ ...index })),
    ...attached.rows[0]!,
    bound: bound.rows.map(({ type, identity }) => ({ type, identity })),
    dependentViews: views.rows.map(toDependentView),
    carryOver: carryOver.rows.map(({ statement }) => statement),
  }
}

const nothing = { rows: [] } as const

interface Head {
  readonly oid: string
  readonly kind: string
  readonly options: readonly string[]
  readonly path: string
}

type Attached = Pick<
  RelationFacts,
  'unlogged' | 'populated' | 'grants' | 'comment' | 'columnComments' | 'constraints'
>

interface ViewRow {
  readonly schema: string
  readonly name: string
  readonly depth: number
  readonly direct: boolean
  readonly definition: string
  readonly options: readonly string[]
  readonly owner: string
  readonly kind: string
}

const headQuery = `
select c.oid::text as oid, c.relkind::text as kind, coalesce(c.reloptions, '{}') || array(
    select 'toast.' || o from pg_catalog.pg_class t, unnest(t.reloptions) as o where t.oid = c.reltoastrelid
  ) as options,
  current_setting('search_path') as path
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2`

const definitionQuery = `
select case when relkind in ('v', 'm') then md5(pg_get_viewdef(oid)) end as hash, current_setting('search_path') as path
from pg_class where oid = $1`

const columnsQuery = `
select attname::text as name, format_type(atttypid, atttypmod) as type
from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped order by attnum`

const indexesQuery = `
select c.relname::text as name, def.text as definition,
  exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid) as constraint,
  i.indisunique as unique, i.indisvalid as valid, obj_description(i.indexrelid, 'pg_class') as comment,
  substr(def.text, length(format('CREATE %sINDEX %I ON %s%I.%I ', case when i.indisunique then 'UNIQUE ' end, c.relname,
    case when t.relkind = 'p' then 'ONLY ' end, n.nspname, t.relname)) + 1) as body,
  case when i.indexprs is null and i.indpred is null then array(
    select a.attname::text from unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as k (attnum, place)
    join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum order by k.place
  ) end as columns,
  not i.indisvalid and exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid) as building
from pg_index i join pg_class c on c.oid = i.indexrelid
join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace,
  lateral (select pg_get_indexdef(i.indexrelid) as text) as def
where i.indrelid = $1 order by c.relname`

const attachedQuery = `
select c.relpersistence = 'u' as unlogged, c.relispopulated as populated, obj_description(c.oid, 'pg_class') as comment,
  coalesce((
    select jsonb_agg(jsonb_build_object('privilege', lower(a.privilege_type), 'grantee', r.rolname) order by 1)
    from aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
    where a.grantee <> c.relowner and a.grantor = c.relowner
  ), '[]') as grants,
  coalesce((
    select jsonb_object_agg(a.attname, col_description(c.oid, a.attnum)) from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and col_description(c.oid, a.attnum) is not null
  ), '{}') as "columnComments",
  coalesce((
    select jsonb_agg(jsonb_build_object('name', k.name, 'type', k.type, 'definition', k.definition) order by k.place, k.name)
    from (
      select 1 as place, a.attname as name, 'not_null' as type, '' as definition
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and a.attnotnull and not a.attisdropped
      union all
      select case when contype = 'f' then 3 else 2 end, conname, case contype when 'c' then 'check' when 'f' then 'foreign_key' when 'p' then 'primary_key' when 'u' then 'unique' else 'exclusion' end, pg_get_constraintdef(oid)
      from pg_constraint where conrelid = c.oid and contype in ('c', 'f', 'p', 'u', 'x') and conparentid = 0
    ) k
  ), '[]') as constraints
from pg_class c where c.oid = $1`

/** Views may be made to read each other in a circle, which no way through them ever leaves. */
const deepest = 200

const dependentViewsQuery = `
with recursive edge as (
  select distinct d.refobjid as parent, r.ev_class as child
  from pg_depend d join pg_rewrite r on r.oid = d.objid and r.rulename = '_RETURN'
  where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype = 'n'
    and d.refobjid <> r.ev_class
), tree as (
  select child as oid, 1 as depth from edge where parent = $1
  union
  select edge.child, tree.depth + 1 from tree join edge on edge.parent = tree.oid where tree.depth < ${deepest}
)
select n.nspname::text as schema, c.relname::text as name, max(depth)::int as depth, bool_or(depth = 1) as direct,
  rtrim(pg_get_viewdef(c.oid), ';') as definition, coalesce(c.reloptions, '{}') as options,
  quote_ident(pg_get_userbyid(c.relowner)) as owner, c.relkind::text as kind
from tree join pg_class c on c.oid = tree.oid join pg_namespace n on n.oid = c.relnamespace
where c.relpersistence <> 't'
group by n.nspname, c.relname, c.oid, c.reloptions, c.relowner, c.relkind
order by depth desc, 1, 2`

function kindOf(relkind: string): RelationKind {
  if (relkind === 'r' || relkind === 'p') return 'table'
  if (relkind === 'v') return 'view'
  return relkind === 'm' ? 'materialized_view' : 'other'
}

function toDependentView(row: ViewRow): DependentView {
  return {
    relation: { schema: row.schema, name: row.name },
    depth: row.depth,
    direct: row.direct,
    definition: row.definition,
    options: row.options,
    owner: row.owner,
    kind: kindOf(row.kind),
  }
}
