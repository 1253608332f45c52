import { isKeyedById, type Job, quoteLiteral, quoteRelation } from '@strata/core'
import sql, { empty, join, raw, type Sql } from 'sql-template-tag'
import { fieldText, followsParents, jobIdentity, recordText, slicesOf } from '../job-identity.ts'
import { longestKey } from './longest-key.ts'
import { unstorableMark } from './unstorable-text.ts'

/** What decides where records land, whatever they were read from. */
export interface RecordsPlace {
  readonly job: Job
  readonly landingSchema: string
  readonly instanceId: number
  /** `dw_etl_jobs.id` and `dw_etl_runs.run_id`. */
  readonly jobId: number
  readonly runId: number
}

/** The key of a record `r.data` as text; null when any part of it is missing. `parameters`: those of its slice, jsonb. */
export function keyExpression(job: Job, parameters: Sql = raw("'{}'::jsonb")): Sql {
  // An empty text tells nothing apart.
  if (isKeyedById(job)) return raw("nullif(r.data->>'id', '')")
  const parts = job.key.map((part) =>
    'field' in part
      ? raw(fieldText('r.data', part.field))
      : 'parameter' in part
        ? sql`coalesce(${parameters}->>${raw(quoteLiteral(part.parameter))}, '')`
        : raw(recordText('r.data')),
  )
  if (parts.length === 0) throw new Error(`job ${jobIdentity(job)} has no key`)
  const missing = join(
    parts.map((part) => sql`${part} is null`),
    ' or ',
  )
  return sql`case when ${missing} then null else pg_catalog.jsonb_build_array(${join(parts)})::text end`
}

/** Where a bronze table has the key. */
export function keyColumn(job: Job): Sql {
  return raw(isKeyedById(job) ? "data->>'id'" : 'record_key')
}

/** Why a record `r.data` with its `key` is not landed; null: it is. `marked`: whether `markUnstorable` has been at it. */
export function refusal(marked: boolean): Sql {
  const unstorable = sql`when position(${unstorableMark} in r.data::text) > 0 then 'unstorable_text'`
  return sql`case when key is null then 'no_key' when octet_length(key) > ${longestKey}::integer then 'key_too_long' ${marked ? unstorable : empty} end`
}

export interface RecordStepsOptions {
  /** Whether the `id`s of the rows are wanted, with their keys. */
  readonly seen: boolean
  /** Where `data` is to be had by `n`; without one `accepted` and `records` hold it. */
  readonly stage?: Sql
  /** Where the `slice` and its `parameters` are to be had by `page`; without one there are no slices. */
  readonly pages?: Sql
}

/**
 * The last four steps of a landing: what of `accepted` (data, key, hash, plausible_at; one row a key) is in bronze otherwise or not at all is
 * written; what of `records` (data, hash, refused) was refused goes to the dead letters. Records that are there already, unchanged, are
 * neither written nor locked: an anti-join by the stored hash comes before the upsert.
 */
export function recordSteps(place: RecordsPlace, { seen, stage, pages }: RecordStepsOptions): Sql {
  const { job } = place
  const table = raw(quoteRelation(job.target))
  const keyedById = isKeyedById(job)
  const withPage = pages === undefined ? empty : sql`join ${pages} as p using (page)`
  const slice = raw(pages === undefined ? "'{}'::text" : 'p.slice')
  const context = raw(slicesOf(job).length > 0 ? 'p.parameters' : 'null::jsonb')
  const withData = stage === undefined ? empty : sql`join ${stage} using (n)`
  // Where the slice that loses a record may be asked for long after the one that gains it: it belongs to the one that brought it last.
  const movesAtOnce = followsParents(job)
  const hasMoved = movesAtOnce ? raw('or known.context is distinct from p.parameters') : empty
  return sql`
    compared as ${seen ? raw('materialized') : empty} (
      select a.*, known.id, known.id is null as is_new,
        known.id is null or known.row_hash is distinct from a.hash as differs,
        (known.id is null or known.row_hash is distinct from a.hash or known.deleted_at is not null ${hasMoved}) as is_fresh
      from accepted a ${movesAtOnce ? withPage : empty}
      left join lateral (
        select t.id, t.row_hash, t.deleted_at, t.cursor_at, t.context from ${table} t
        where t.source_instance_id = ${place.instanceId}::integer and t.${keyColumn(job)} = a.key
        offset 0
      ) known on true
    ),
    fresh as materialized (
      select * from compared where is_fresh
    ),
    written as (
      insert into ${table} (data, source_id, source_instance_id, etl_job_id, etl_run_id, row_hash, cursor_at, context
        ${keyedById ? empty : raw(', record_key')})
      select data, ${String(place.instanceId)}, ${place.instanceId}::integer, ${place.jobId}::integer,
        ${place.runId}::integer, hash, plausible_at, ${context} ${keyedById ? empty : raw(', key')}
      from fresh ${withPage} ${withData}
      -- In one order everywhere, so that two slices that bring the same records cannot deadlock.
      order by key collate "C"
      on conflict (source_instance_id, ${keyedById ? raw("(data->>'id')") : raw('record_key')}) do update
      set data = excluded.data, source_id = excluded.source_id, etl_job_id = excluded.etl_job_id,
        etl_run_id = excluded.etl_run_id, loaded_at = now(), updated_at = now(), changed_xid = default,
        row_hash = excluded.row_hash, cursor_at = excluded.cursor_at, context = excluded.context, deleted_at = null
      ${seen ? sql`returning id, ${keyColumn(job)} as key` : empty}
    ),
    dead as (
      insert into strata.dead_letters
        (landing_schema, job, instance_id, slice, run_id, reason, record, record_hash)
      select distinct on (hash, ${slice}) ${place.landingSchema}, ${jobIdentity(job)}, ${place.instanceId}::integer, ${slice},
        ${place.runId}::integer, refused, data, hash
      from records ${withPage} ${withData} where refused is not null
      order by hash, ${slice}
      -- What was landed since, and is refused again, is open again; what was dismissed is known.
      on conflict (landing_schema, job, instance_id, slice, record_hash) do update
      set resolved_at = null, resolution = null, run_id = excluded.run_id
      where dead_letters.resolution in ('replayed', 'superseded')
    )`
}
