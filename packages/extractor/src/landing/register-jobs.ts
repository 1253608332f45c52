import type { Instance, Job, Queryable } from '@strata/core'
import { quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { fieldText } from '../job-identity.ts'
import { lastReservedJobId } from './job-tables.ts'

export interface JobsDeclaration {
  readonly landingSchema: string
  readonly jobs: readonly Job[]
  readonly instancesOf: (source: string) => readonly Instance[]
}

/**
 * One `dw_etl_jobs` row a job and instance. The first instance's rows get the known ids, all others ids from the
 * sequence. What is declared is kept current; `is_active` is set when a row is made and then is the operator's.
 */
export async function registerJobs(transaction: Queryable, declaration: JobsDeclaration): Promise<void> {
  const relation = quoteRelation({ schema: declaration.landingSchema, name: 'dw_etl_jobs' })
  const table = raw(relation)
  const declared = sql`jsonb_to_recordset(${JSON.stringify(declaredRows(declaration))}::jsonb) as d (
    known_id integer, name text, source_endpoint text, target_table text, is_active boolean,
    requires_parameters boolean, parameter_name text, parameter_source_table text, parameter_source_column text,
    parent text, instance_id integer, incremental_load boolean)`

  await transaction.query(sql`
    select setval(pg_get_serial_sequence(${relation}, 'id'),
      greatest(${lastReservedJobId}::bigint, (select max(id) from ${table}),
               (select max(known_id) from ${declared})))
    where exists (
      select from ${declared}
      where not exists (select from ${table} j where j.name = d.name and j.source_instance_id = d.instance_id))`)
  await transaction.query(sql`
    insert into ${table} (id, name, source_endpoint, target_table, is_active, source_instance_id)
    select
      case when d.known_id is not null and not exists (select from ${table} j where j.id = d.known_id)
        then d.known_id else nextval(pg_get_serial_sequence(${relation}, 'id')) end,
      d.name, d.source_endpoint, d.target_table, d.is_active, d.instance_id
    from ${declared}
    where not exists (select from ${table} j where j.name = d.name and j.source_instance_id = d.instance_id)
    order by d.known_id nulls last`)
  await transaction.query(sql`
    update ${table} as j
    set source_endpoint = d.source_endpoint, target_table = d.target_table,
        requires_parameters = d.requires_parameters, parameter_name = d.parameter_name,
        parameter_source_table = d.parameter_source_table, parameter_source_column = d.parameter_source_column,
        incremental_load = d.incremental_load, parent_job_id = p.id,
        depends_on = case when p.id is null then '{}' else array[p.id] end, updated_at = now()
    from ${declared}
    left join ${table} as p on p.name = d.parent and p.source_instance_id = d.instance_id
    where j.name = d.name and j.source_instance_id = d.instance_id
      and (j.source_endpoint, j.target_table, j.requires_parameters, j.parameter_name, j.parameter_source_table,
           j.parameter_source_column, j.incremental_load, j.parent_job_id, j.depends_on)
        is distinct from
          (d.source_endpoint, d.target_table, d.requires_parameters, d.parameter_name, d.parameter_source_table,
           d.parameter_source_column, d.incremental_load, p.id,
           case when p.id is null then '{}'::integer[] else array[p.id] end)`)
}

function declaredRows({ jobs, instancesOf }: JobsDeclaration) {
  return jobs.flatMap((job) => {
    const [slice] = job.slices
    const parent = jobs.find(
      ({ target }) => target.schema === slice?.from.schema && target.name === slice.from.name,
    )
    return instancesOf(job.source).map((instance, index) => ({
      known_id: index === 0 ? job.knownId : null,
      name: job.name,
      source_endpoint: job.endpoint,
      target_table: job.target.name,
      is_active: job.active,
      requires_parameters: job.slices.length > 0,
      parameter_name: slice?.parameter ?? null,
      parameter_source_table: slice?.from.name ?? null,
      parameter_source_column: slice === undefined ? null : fieldText('data', slice.path),
      parent: parent?.name ?? null,
      instance_id: instance.id,
      incremental_load: job.cursor !== null,
    }))
  })
}
