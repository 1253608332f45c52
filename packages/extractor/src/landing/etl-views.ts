import { createHash } from 'node:crypto'
import { type Job, type Queryable, quoteIdentifier, quoteLiteral, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { columnOf, readTableFacts } from '../take-over/table-facts.ts'
import { type EtlView, etlViews, type ZonelessTimes } from './etl-view-queries.ts'

/** Where people's queries look for them. */
const schema = 'raw'
const names = ['etl_load_status', 'etl_table_metrics'] as const

/** Whether there is a table of a database, which is what the views tell of. */
export function wantsEtlViews(jobs: readonly Job[]): boolean {
  return jobs.some(({ kind }) => kind === 'table')
}

/** SQL: how many of the views are not there and could be made. */
export function countMissingEtlViews() {
  return sql`(
    select count(*)::int
    from unnest(${[...names]}::text[]) as wanted (name)
    left join pg_catalog.pg_namespace n on n.nspname = ${schema}
    where not exists (select from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = wanted.name)
      and case when n.oid is null then pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
        else pg_catalog.has_schema_privilege(n.oid, 'CREATE') end)`
}

/**
 * Makes the views `raw.etl_load_status` and `raw.etl_table_metrics` over the job tables of a landing schema, in an open transaction. What has one of these
 * names and is not ours is left as it is, and so are the views where the rights for them are missing; `describeEtlViews` says so. Views that are right
 * are not touched. New ones may be read by whoever may read `dw_etl_runs`.
 */
export async function ensureEtlViews(transaction: Queryable, landingSchema: string): Promise<void> {
  const present = await readViews(transaction, landingSchema)
  const zoneless = await readZonelessTimes(transaction, landingSchema)
  for (const view of etlViews(landingSchema, zoneless)) {
    const state = present.get(view.name)!
    const comment = commentOn(view, landingSchema)
    if (state.kind === 'forbidden' || state.kind === 'foreign' || state.comment === comment) continue
    if (state.kind === 'absent')
      await transaction.query(`create schema if not exists ${quoteIdentifier(schema)}`)
    const relation = quoteRelation({ schema, name: view.name })
    await transaction.query(`create or replace view ${relation} as ${view.query}`)
    await transaction.query(`comment on view ${relation} is ${quoteLiteral(comment)}`)
    if (state.kind === 'absent') await grantReading(transaction, landingSchema, relation)
  }
}

/** What is to be told of the views: those of another loader, those that could not be made. Empty where all is right. */
export async function describeEtlViews(
  database: Queryable,
  landingSchema: string,
): Promise<readonly string[]> {
  const states = await readViews(database, landingSchema)
  const named = (kind: ViewState['kind']) =>
    [...states].filter(([, state]) => state.kind === kind).map(([name]) => `${schema}.${name}`)
  const foreign = named('foreign')
  const forbidden = named('forbidden')
  const them = foreign.length === 1 ? 'it' : 'them'
  return [
    ...(foreign.length === 0
      ? []
      : [
          `${foreign.join(' and ')} ${foreign.length === 1 ? "is not Strata's, and says" : "are not Strata's, and say"} nothing of its loads: rename or drop ${them}, and the next run makes ${them}`,
        ]),
    ...(forbidden.length === 0
      ? []
      : [
          `${forbidden.join(' and ')}: the role may not make ${forbidden.length === 1 ? 'this view' : 'these views'}; grant create on the schema ${schema}, or on the database where there is no such schema`,
        ]),
  ]
}

interface ViewState {
  /** `forbidden`: it is not there, or is an older one of ours, and the role may not write it. */
  readonly kind: 'absent' | 'ours' | 'foreign' | 'forbidden'
  readonly comment: string | null
}

async function readViews(
  database: Queryable,
  landingSchema: string,
): Promise<ReadonlyMap<string, ViewState>> {
  const { rows } = await database.query<{
    name: string
    there: boolean
    view: boolean
    comment: string | null
    owned: boolean
    creatable: boolean
  }>(sql`
    select wanted.name, c.oid is not null as there, coalesce(c.relkind = 'v', false) as view,
      pg_catalog.obj_description(c.oid, 'pg_class') as comment, coalesce(pg_catalog.pg_has_role(c.relowner, 'USAGE'), false) as owned,
      case when n.oid is null then pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
        else pg_catalog.has_schema_privilege(n.oid, 'CREATE') end as creatable
    from unnest(${[...names]}::text[]) as wanted (name)
    left join pg_catalog.pg_namespace n on n.nspname = ${schema}
    left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = wanted.name`)
  return new Map(
    rows.map(({ name, there, view, comment, owned, creatable }): [string, ViewState] => {
      const ours = view && comment?.startsWith(markOf(landingSchema)) === true
      if (!there) return [name, { kind: creatable ? 'absent' : 'forbidden', comment }]
      return [name, { kind: !ours ? 'foreign' : owned ? 'ours' : 'forbidden', comment }]
    }),
  )
}

function markOf(landingSchema: string): string {
  return `Kept by Strata over the landing schema ${landingSchema} `
}

/** Says by its digest whether the view is the one that we would make. */
function commentOn({ comment, query }: EtlView, landingSchema: string): string {
  const digest = createHash('md5').update(query).digest('hex').slice(0, 8)
  return `${markOf(landingSchema)}(${digest}): ${comment}`
}

async function readZonelessTimes(database: Queryable, landingSchema: string): Promise<ZonelessTimes> {
  const facts = await readTableFacts(
    database,
    ['dw_etl_jobs', 'dw_etl_runs'].map((name) => ({ schema: landingSchema, name })),
  )
  const zoneless = (table: string) => {
    const found = facts.find(({ relation }) => relation.name === table)
    const times = ['created_at', 'started_at', 'completed_at']
    return new Set(
      times.filter(
        (name) =>
          found !== undefined &&
          columnOf(found, name)?.type.startsWith('timestamp') === true &&
          columnOf(found, name)?.type.includes('without time zone') === true,
      ),
    )
  }
  return { jobs: zoneless('dw_etl_jobs'), runs: zoneless('dw_etl_runs') }
}

/** To those who may read the runs; and, of a schema that nobody was shown yet, its use to those who may use the landing schema. */
async function grantReading(transaction: Queryable, landingSchema: string, relation: string): Promise<void> {
  const runs = quoteRelation({ schema: landingSchema, name: 'dw_etl_runs' })
  const { rows } = await transaction.query<{ statement: string }>(sql`
    with readers as (
      select distinct 'select' as privilege, a.grantee from pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
      where c.oid = ${runs}::regclass and a.privilege_type = 'SELECT' and a.grantee <> c.relowner
      union all
      select distinct 'usage', a.grantee from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) a
      where n.nspname = ${landingSchema} and a.privilege_type = 'USAGE' and a.grantee <> n.nspowner
        and exists (select from pg_catalog.pg_namespace own where own.nspname = ${schema} and own.nspacl is null
          and pg_catalog.pg_has_role(own.nspowner, 'USAGE'))
    )
    select pg_catalog.format('grant %s on %s to %s', privilege,
      case privilege when 'select' then ${relation}::text else ${raw(quoteLiteral(`schema ${quoteIdentifier(schema)}`))} end,
      case grantee when 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grantee)) end) as statement
    from readers`)
  for (const { statement } of rows) await transaction.query(statement)
}
