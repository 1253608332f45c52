import type { Instance, Job, Queryable } from '@strata/core'
import { displayRelation, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { placeOf, readsIncrements, slicesOf } from '../job-identity.ts'
import { valueText } from '../run/cycle-slices.ts'
import { lastReservedJobId } from './job-tables.ts'

export interface JobsDeclaration {
  readonly landingSchema: string
  readonly jobs: readonly Job[]
  readonly instancesOf: (source: string) => readonly Instance[]
}

/** Of a row made for a job that was not active: it is switched off by its declaration, and not by an operator. */
const neverActive = 'inactive'

/**
 * One `dw_etl_jobs` row a job and instance. The first instance's rows get the known ids, all others ids from the
 * sequence. `depends_on` holds the jobs that the slices are taken from, outermost first; `parent_job_id` the last of them. What is declared is kept current; `is_active` is set when a row is made and then is the operator's;
 * a row made for a job that was not active is switched on when its job becomes so.
 */
export async function registerJobs(transaction: Queryable, declaration: JobsDeclaration): Promise<void> {
  const relation = quoteRelation({ schema: declaration.landingSchema, name: 'dw_etl_jobs' })
  const table = raw(relation)
  const declared = sql`jsonb_to_recordset(${JSON.stringify(declaredRows(declaration))}::jsonb) as d (
    known_id integer, name text, source_endpoint text, target_table text, is_active boolean,
    requires_parameters boolean, parameter_name text, parameter_source_table text, parameter_source_column text,
    parents text[], instance_id integer, incremental_load boolean)`

  await transaction.query(sql`
    select setval(pg_get_serial_sequence(${relation}, 'id'),
      greatest(${lastReservedJobId}::bigint, (select max(id) from ${table}),
               (select max(known_id) from ${declared})))
    where exists (
      select from ${declared}
      where not exists (select from ${table} j where j.name = d.name and j.source_instance_id = d.instance_id))`)
  await transaction.query(sql`
    insert into ${table} (id, name, source_endpoint, target_table, is_active, last_run_status, source_instance_id)
    select
      case when d.known_id is not null and not exists (select from ${table} j where j.id = d.known_id)
        then d.known_id else nextval(pg_get_serial_sequence(${relation}, 'id')) end,
      d.name, d.source_endpoint, d.target_table, d.is_active, case when not d.is_active then ${neverActive} end, d.instance_id
    from ${declared}
    where not exists (select from ${table} j where j.name = d.name and j.source_instance_id = d.instance_id)
    order by d.known_id nulls last`)
  await transaction.query(sql`
    update ${table} as j set is_active = true, last_run_status = null, updated_at = now()
    from ${declared}
    where j.name = d.name and j.source_instance_id = d.instance_id
      and d.is_active and not j.is_active and j.last_run_status = ${neverActive}`)
  await transaction.query(sql`
    update ${table} as j
    set source_endpoint = d.source_endpoint, target_table = d.target_table,
        requires_parameters = d.requires_parameters, parameter_name = d.parameter_name,
        parameter_source_table = d.parameter_source_table, parameter_source_column = d.parameter_source_column,
        incremental_load = d.incremental_load, parent_job_id = p.ids[cardinality(p.ids)],
        depends_on = p.ids, updated_at = now()
    from ${declared}
    cross join lateral (
      select coalesce(array_agg(parent.id order by named.position), '{}') as ids
      from unnest(d.parents) with ordinality as named (name, position)
      join ${table} as parent on parent.name = named.name and parent.source_instance_id = d.instance_id
    ) as p
    where j.name = d.name and j.source_instance_id = d.instance_id
      and (j.source_endpoint, j.target_table, j.requires_parameters, j.parameter_name, j.parameter_source_table,
           j.parameter_source_column, j.incremental_load, j.parent_job_id, j.depends_on)
        is distinct from
          (d.source_endpoint, d.target_table, d.requires_parameters, d.parameter_name, d.parameter_source_table,
           d.parameter_source_column, d.incremental_load, p.ids[cardinality(p.ids)], p.ids)`)
}

function declaredRows({ jobs, instancesOf }: JobsDeclaration) {
  const nameOf = new Map(jobs.map(({ name, target }) => [displayRelation(target), name]))
  return jobs.flatMap((job) => {
    const slices = slicesOf(job)
    // One column each is all that there is for parameters: several stand in it in their order.
    const listed = (values: readonly string[], longest: number) =>
      values.length === 0 ? null : values.join(', ').slice(0, longest)
    return instancesOf(job.source).map((instance, index) => ({
      known_id: index === 0 ? job.knownId : null,
      name: job.name,
      source_endpoint: placeOf(job),
      target_table: job.target.name,
      is_active: job.active,
      requires_parameters: slices.length > 0,
      parameter_name: listed(
        slices.map(({ parameter }) => parameter),
        100,
      ),
      parameter_source_table: listed(
        slices.map(({ from }) => from.name),
        255,
      ),
      parameter_source_column: listed(
        slices.map(({ path }) => valueText('', path)),
        255,
      ),
      parents: [...new Set(slices.flatMap(({ from }) => nameOf.get(displayRelation(from)) ?? []))],
      instance_id: instance.id,
      incremental_load: readsIncrements(job),
    }))
  })
}
