import { quoteLiteral, quoteRelation } from '@strata/core'

/** Whether the times in the job tables have no zone, as in an installation that was taken over: by column. */
export interface ZonelessTimes {
  readonly jobs: ReadonlySet<string>
  readonly runs: ReadonlySet<string>
}

/** A view over the real state, under a name and with the columns that people's queries know. */
export interface EtlView {
  readonly name: string
  readonly comment: string
  readonly query: string
}

/**
 * How far the tables of databases have been loaded, and how their loads went. What is added to the known columns stands behind them.
 * The views read as their owner, so that who may read them needs to see nothing of schema `strata`.
 */
export function etlViews(
  landingSchema: string,
  zoneless: ZonelessTimes = { jobs: new Set(), runs: new Set() },
): readonly EtlView[] {
  return [
    {
      name: 'etl_load_status',
      comment: 'how far each table of a database has been loaded',
      query: loadStatusQuery(landingSchema, zoneless),
    },
    {
      name: 'etl_table_metrics',
      comment: 'how each load of a table of a database went',
      query: tableMetricsQuery(landingSchema, zoneless),
    },
  ]
}

/** One row a table. Of several instances it is the one furthest behind that counts. */
function loadStatusQuery(landingSchema: string, zoneless: ZonelessTimes): string {
  const runs = quoteRelation({ schema: landingSchema, name: 'dw_etl_runs' })
  const started = instant('r', 'started_at', zoneless.runs, landingSchema)
  const ended = instant('r', 'completed_at', zoneless.runs, landingSchema)
  // A run with a context was about a part; a success that says something is that of a table which is not there.
  const whole = `r.job_id = t.job_id and r.run_context is null and r.run_status <> 'running'`
  const latest = 'order by r.started_at desc nulls last, r.run_id desc limit 1'
  return `with ${namedTables(landingSchema, zoneless)}
select
  t.table_name,
  case when bool_and(complete.started_at is not null) then min(complete.started_at) end as last_loaded,
  least(coalesce(sum(complete.records_loaded), 0), 2147483647)::integer as rows_loaded,
  case when coalesce(bool_or(last.failed), false) then 'failed'
    when bool_and(complete.started_at is not null) then 'success' else 'pending' end as load_status,
  case when bool_and(complete.started_at is not null) then min(complete.ended_at) end as _loaded_at,
  min(t.created_at) as _created_at,
  greatest(min(t.created_at), max(last.ended_at)) as _updated_at,
  t.source,
  count(*)::integer as instances,
  case when count(*) = 1 then min(far.cursor_field) end as primary_column_name,
  case when count(*) = 1 then min(far.watermark_text) end as last_primary_value
from tables t
left join lateral (
  select ${started} as started_at, ${ended} as ended_at, r.records_loaded from ${runs} r
  where ${whole} and r.run_status = 'success' and r.error_message is null ${latest}
) complete on true
left join lateral (
  select ${ended} as ended_at, r.run_status <> 'success' or r.error_message is not null as failed from ${runs} r
  where ${whole} ${latest}
) last on true
left join lateral (
  select w.cursor_field, w.watermark_text from strata.job_watermarks w
  join ${runs} r on r.run_id = w.run_id
  where w.landing_schema = ${quoteLiteral(landingSchema)} and w.instance_id = t.instance_id and w.slice = '{}' and r.job_id = t.job_id
) far on true
where t.is_active
group by t.table_name, t.source`
}

/** One row a table, instance and load that has ended. */
function tableMetricsQuery(landingSchema: string, zoneless: ZonelessTimes): string {
  const runs = quoteRelation({ schema: landingSchema, name: 'dw_etl_runs' })
  const started = instant('r', 'started_at', zoneless.runs, landingSchema)
  const ended = instant('r', 'completed_at', zoneless.runs, landingSchema)
  const count = (name: string) => `(counts->>${quoteLiteral(name)})::bigint`
  return `with ${namedTables(landingSchema, zoneless)},
loads as (
  select *, count(*) filter (where success and mode = 'full') over before as full_loads
  from (
    select t.job_id, t.table_name, t.source, t.instance, r.run_id, r.error_message, r.records_loaded,
      ${started} as started_at, ${ended} as ended_at,
      extract(epoch from ${ended} - ${started})::float8 as seconds,
      r.run_status = 'success' and r.error_message is null as success, k.kind as mode, k.counts
    from tables t
    join ${runs} r on r.job_id = t.job_id and r.run_status <> 'running'
    left join strata.job_runs k on k.landing_schema = ${quoteLiteral(landingSchema)} and k.run_id = r.run_id
  ) ended
  -- By name too, so that who asks for one table reads the loads of that one.
  window before as (partition by table_name, job_id order by started_at, run_id)
)
select
  table_name,
  error_message as error,
  ended_at as "timestamp",
  records_loaded::integer as rows_processed,
  seconds as processing_time,
  success,
  mode,
  ${count('inserted')} as rows_inserted,
  ${count('changed')} as rows_changed,
  ${count('unchanged')} as rows_unchanged,
  ${count('deleted')} as rows_deleted,
  ${count('quarantined')} as rows_quarantined,
  ${count('available')} as rows_available,
  ${count('captured')} as rows_captured,
  ${count('missing')} as rows_missing,
  ${count('duplicates')} as duplicate_keys,
  ${count('zeroDates')} as zero_dates,
  case when success and mode = 'increment' and full_loads > 0 then
    round((first_value(seconds) over (partition by table_name, job_id, full_loads order by started_at, run_id) - seconds)::numeric, 3)::float8
  end as seconds_saved,
  source,
  instance,
  run_id
from loads`
}

/**
 * The jobs that read tables of databases, each with the name that the table has there. Where two have one name, the first that was declared keeps it,
 * and the other's source stands before it: a name in somebody's query means the same for ever.
 */
function namedTables(landingSchema: string, zoneless: ZonelessTimes): string {
  const table = (name: string) => quoteRelation({ schema: landingSchema, name })
  return `declared as (
  select j.id as job_id, coalesce(j.is_active, true) as is_active, j.source_instance_id as instance_id, j.name, c.source,
    c.name as instance, ${instant('j', 'created_at', zoneless.jobs, landingSchema)} as created_at,
    regexp_replace(j.source_endpoint, '^.*\\.', '') as plain_name,
    min(j.id) over (partition by c.source, j.name) as first_id
  from ${table('dw_etl_jobs')} j
  join ${table('dw_api_credentials')} c on c.id = j.source_instance_id
  where c.base_url ~ '^(mysql|mariadb|postgres|postgresql):'
),
tables as (
  select *, (case when first_id = min(first_id) over (partition by plain_name) then plain_name
    else source || '.' || name end)::varchar(255) as table_name
  from declared
)`
}

/** Written out, for a function in a view is run with the rights of whoever reads it. */
function instant(
  alias: string,
  column: string,
  zoneless: ReadonlySet<string>,
  landingSchema: string,
): string {
  if (!zoneless.has(column)) return `${alias}.${column}`
  return `(${alias}.${column} at time zone coalesce(
    (select time_zone from strata.landings where landing_schema = ${quoteLiteral(landingSchema)}), current_setting('TimeZone')))`
}
