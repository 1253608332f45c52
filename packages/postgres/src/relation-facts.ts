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
  const { rows } = await queryable.query<{ oid: string; path: string }>({
    text: `select c.oid::text as oid, current_setting('search_path') as path
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2`,
    values: [relation.schema, relation.name],
  })
  const found = rows[0]
  if (found === undefined) return null

  // Only with nothing else on the path does every name in a definition come out qualified.
  await queryable.query('set local search_path = pg_catalog')
  const path = await queryable.query<{ path: string }>(`select current_setting('search_path') as path`)
  if (path.rows[0]?.path !== 'pg_catalog')
    throw new Error('the facts of a relation are read inside a transaction')
  const answers: { [name: string]: unknown } = {}
  for (const [name, text] of Object.entries(factsQueries(extent)))
    answers[name] = (await queryable.query({ text, values: [found.oid] })).rows
  await queryable.query({ text: "select set_config('search_path', $1, true)", values: [found.path] })
  return toRelationFacts(answers as unknown as FactsAnswers)
}

/** What is asked of the relation whose oid is `$1`, by name, with `pg_catalog` on the path. */
export function factsQueries(extent: 'whole' | 'surface'): {
  readonly [name in keyof FactsAnswers]?: string
} {
  const surface = {
    head: headQuery,
    columns: columnsQuery,
    indexes: indexesQuery,
    attached: attachedQuery,
  }
  if (extent === 'surface') return surface
  return { ...surface, views: dependentViewsQuery, carryOver: carryOverQuery, bound: boundObjectsQuery }
}

/** The rows of each query; of a surface some were not asked. */
export interface FactsAnswers {
  readonly head: readonly Head[]
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly indexes: readonly IndexFacts[]
  readonly attached: readonly Attached[]
  readonly views?: readonly ViewRow[]
  readonly carryOver?: readonly { readonly statement: string }[]
  readonly bound?: readonly BoundObject[]
}

/** Null: somebody has dropped it meanwhile. */
export function toRelationFacts(answers: FactsAnswers): RelationFacts | null {
  const { columns, indexes, views = [], carryOver = [], bound = [] } = answers
  const head = answers.head[0]
  const attached = answers.attached[0]
  if (head === undefined || attached === undefined) return null
  return {
    oid: head.oid,
    kind: kindOf(head.kind),
    columns: columns.map(({ name, type }) => ({ name, type })),
    definitionHash: head.hash,
    options: head.options,
    indexes: indexes.map((index) => ({ ...index })),
    ...attached,
    bound: bound.map(({ type, identity }) => ({ type, identity })),
    dependentViews: views.map(toDependentView),
    carryOver: carryOver.map(({ statement }) => statement),
  }
}

interface Head {
  readonly oid: string
  readonly kind: string
  readonly options: readonly string[]
  /** Of a view. */
  readonly hash: string | null
}

type Attached = Pick<
  RelationFacts,
  'unlogged' | 'populated' | 'grants' | 'comment' | 'columnComments' | 'constraints' | 'rowSecurity'
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
    select 'toast.' || o from pg_class t, unnest(t.reloptions) as o where t.oid = c.reltoastrelid
  ) as options,
  case when c.relkind in ('v', 'm') then md5(pg_get_viewdef(c.oid)) end as hash
from pg_class c where c.oid = $1`

/** What `obj_description` says, without being planned at each call. */
function commentOn(oid: string): string {
  return `(select description from pg_description where objoid = ${oid} and classoid = 'pg_class'::regclass and objsubid = 0)`
}

const columnsQuery = `
select attname::text as name, format_type(atttypid, atttypmod) as type
from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped order by attnum`

const indexesQuery = `
select c.relname::text as name, def.text as definition,
  exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid) as constraint,
  i.indisunique as unique, i.indisvalid as valid, ${commentOn('i.indexrelid')} as comment,
  substr(def.text, length(format('CREATE %sINDEX %I ON %s%I.%I ', case when i.indisunique then 'UNIQUE ' end, c.relname,
    case when t.relkind = 'p' then 'ONLY ' end, n.nspname, t.relname)) + 1) as body,
  case when i.indexprs is null and i.indpred is null then array(
    select a.attname::text from unnest(i.indkey[0:i.indnkeyatts - 1]) with ordinality as k (attnum, place)
    join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum order by k.place
  ) end as columns,
  -- Its progress is told a moment after it is there.
  not i.indisvalid and exists (select from pg_locks l where l.relation = i.indrelid and l.granted
    and l.mode = 'ShareUpdateExclusiveLock' and l.pid <> pg_backend_pid()
    and l.database = (select d.oid from pg_database d where d.datname = current_database())) as building
from pg_index i join pg_class c on c.oid = i.indexrelid
join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace,
  lateral (select pg_get_indexdef(i.indexrelid) as text) as def
where i.indrelid = $1 order by c.relname`

const attachedQuery = `
select c.relpersistence = 'u' as unlogged, c.relispopulated as populated, ${commentOn('c.oid')} as comment,
  coalesce((
    select jsonb_agg(jsonb_build_object('privilege', lower(a.privilege_type), 'grantee', r.rolname) order by 1)
    from aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee
    where a.grantee <> c.relowner and a.grantor = c.relowner
  ), '[]') as grants,
  coalesce((
    select jsonb_object_agg(a.attname, d.description) from pg_description d
    join pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid
    where d.objoid = c.oid and d.classoid = 'pg_class'::regclass and a.attnum > 0 and not a.attisdropped
  ), '{}') as "columnComments",
  coalesce((
    select jsonb_agg(jsonb_build_object('name', k.name, 'type', k.type, 'definition', k.definition, 'validated', k.validated, 'comment', k.comment) order by k.place, k.name)
    from (
      select 1 as place, a.attname as name, 'not_null' as type, '' as definition, true as validated, null::text as comment
      from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and a.attnotnull and not a.attisdropped
      union all
      select case when contype = 'f' then 3 else 2 end, conname, case contype when 'c' then 'check' when 'f' then 'foreign_key' when 'p' then 'primary_key' when 'u' then 'unique' else 'exclusion' end, pg_get_constraintdef(oid), convalidated,
        (select d.description from pg_description d where d.objoid = pg_constraint.oid and d.classoid = 'pg_constraint'::regclass)
      from pg_constraint where conrelid = c.oid and contype in ('c', 'f', 'p', 'u', 'x') and conparentid = 0
    ) k
  ), '[]') as constraints,
  jsonb_build_object('enabled', c.relrowsecurity, 'forced', c.relforcerowsecurity, 'policies', coalesce((
    select jsonb_agg(jsonb_build_object('name', p.polname, 'comment', d.description) order by p.polname)
    from pg_policy p left join pg_description d on d.objoid = p.oid and d.classoid = 'pg_policy'::regclass
    where p.polrelid = c.oid
  ), '[]')) as "rowSecurity"
from pg_class c where c.oid = $1`

/** Views may be made to read each other in a circle, which no way through them ever leaves. */
const deepest = 200

const dependentViewsQuery = `
with recursive tree (oid, depth) as (
  select $1::oid, 0
  union
  select r.ev_class, tree.depth + 1
  from tree
  join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = tree.oid
    and d.classid = 'pg_rewrite'::regclass and d.deptype = 'n'
  join pg_rewrite r on r.oid = d.objid and r.rulename = '_RETURN' and r.ev_class <> d.refobjid
  where tree.depth < ${deepest}
)
select n.nspname::text as schema, c.relname::text as name, max(depth)::int as depth, bool_or(depth = 1) as direct,
  rtrim(pg_get_viewdef(c.oid), ';') as definition, coalesce(c.reloptions, '{}') as options,
  quote_ident(pg_get_userbyid(c.relowner)) as owner, c.relkind::text as kind
from tree join pg_class c on c.oid = tree.oid join pg_namespace n on n.oid = c.relnamespace
where c.relpersistence <> 't' and tree.depth > 0
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
