import type { Job } from '@strata/core'
import { quoteLiteral, quoteRelation } from '@strata/core'
import sql, { empty, join, raw, type Sql } from 'sql-template-tag'
import { fieldText, isKeyedById, jobIdentity, type SliceParameters, sliceIdentity } from '../job-identity.ts'
import { unstorableMark } from './unstorable-text.ts'

/** What decides where the records of a walk land. */
export interface LandingPlace {
  readonly job: Job
  readonly landingSchema: string
  readonly instanceId: number
  readonly parameters: SliceParameters
  /** `dw_etl_jobs.id` and `dw_etl_runs.run_id`. */
  readonly jobId: number
  readonly runId: number
}

/** A point in the source's time: the instant, and the text in which the API wrote it. */
export interface CursorValue {
  readonly at: string
  readonly text: string
}

export interface PageContent {
  /** The answer as it came. */
  readonly body: string
  /** Whether `markUnstorable` has been at it. */
  readonly marked: boolean
  /** Cursor values beyond this do not count towards the watermark. ISO 8601. */
  readonly cursorBound: string
  /** The source's clock; a cursor value more than a day beyond it is impossible. ISO 8601. */
  readonly serverTime: string
  /** Greatest cursor value of the pages before. */
  readonly candidate: CursorValue | null
}

/** What the landing statement returns, in one row. */
export interface LandedRow {
  readonly shape: 'array' | 'envelope' | 'other'
  /** `@odata.count`. */
  readonly total: string | null
  /** Records received. */
  readonly received: number
  readonly inserted: number
  readonly changed: number
  readonly quarantined: number
  /** Key (or hash) of the first record: a server that ignores `$skip` gives the same one again. */
  readonly first_record: string | null
  readonly candidate_at: string | null
  readonly candidate_text: string | null
}

/**
 * One statement that lands one page: it takes the raw text as one parameter, so that numbers keep all their digits;
 * the last of several records with one key wins; records without a key go to the dead letters; records that are there
 * already, unchanged, are neither written nor locked (an anti-join by the stored hash comes before the upsert).
 */
export function landingStatement(place: LandingPlace, page: PageContent): Sql {
  const { job } = place
  const table = raw(quoteRelation(job.target))
  const keyedById = isKeyedById(job)
  const slice = sliceIdentity(place.parameters)
  const context = job.slices.length > 0 ? slice : null
  const cursor = job.cursor === null ? null : raw(fieldText('r.data', [job.cursor.field]))
  const recordKey = keyedById ? raw("data->>'id'") : raw('record_key')
  return sql`
    with body as materialized (
      select ${page.body}::jsonb as doc
    ),
    listed as materialized (
      select
        case jsonb_typeof(doc) when 'array' then 'array' when 'object' then
          case jsonb_typeof(doc->'value') when 'array' then 'envelope' when 'null' then 'envelope' else 'other' end
        else 'other' end as shape,
        case jsonb_typeof(doc) when 'array' then doc when 'object' then
          case jsonb_typeof(doc->'value') when 'array' then doc->'value' end end as list,
        case jsonb_typeof(doc) when 'object' then doc->>'@odata.count' end as total
      from body
    ),
    records as materialized (
      select r.data, r.n, key, decode(md5(r.data::text), 'hex') as hash, cursor_text,
        strata.read_instant(cursor_text) as cursor_at,
        case when key is null then 'no_key' ${page.marked ? sql`when position(${unstorableMark} in r.data::text) > 0 then 'unstorable_text'` : empty} end as refused
      from listed, jsonb_array_elements(list) with ordinality as r (data, n),
        lateral (select ${keyExpression(place)} as key, ${cursor ?? raw('null::text')} as cursor_text) as taken
    ),
    accepted as (
      select distinct on (key collate "C") *,
        case when cursor_at between '1990-01-01Z' and ${page.serverTime}::timestamptz + interval '1 day'
          then cursor_at end as plausible_at
      from records where refused is null
      order by key collate "C", n desc
    ),
    fresh as materialized (
      select a.*, known.id is null as is_new
      from accepted a
      left join lateral (
        select t.id, t.row_hash, t.deleted_at from ${table} t
        where t.source_instance_id = ${place.instanceId}::integer and t.${recordKey} = a.key
        offset 0
      ) known on true
      where known.id is null or known.row_hash is distinct from a.hash or known.deleted_at is not null
    ),
    written as (
      insert into ${table} (data, source_id, source_instance_id, etl_job_id, etl_run_id, row_hash, cursor_at, context
        ${keyedById ? empty : raw(', record_key')})
      select data, ${String(place.instanceId)}, ${place.instanceId}::integer, ${place.jobId}::integer,
        ${place.runId}::integer, hash, plausible_at, ${context}::jsonb ${keyedById ? empty : raw(', key')}
      from fresh
      -- In one order everywhere, so that two slices that bring the same records cannot deadlock.
      order by key collate "C"
      on conflict (source_instance_id, ${keyedById ? raw("(data->>'id')") : recordKey}) do update
      set data = excluded.data, source_id = excluded.source_id, etl_job_id = excluded.etl_job_id,
        etl_run_id = excluded.etl_run_id, loaded_at = now(), updated_at = now(), changed_xid = default,
        row_hash = excluded.row_hash, cursor_at = excluded.cursor_at, context = excluded.context, deleted_at = null
    ),
    dead as (
      insert into strata.dead_letters
        (landing_schema, job, instance_id, slice, run_id, reason, record, record_hash)
      select ${place.landingSchema}, ${jobIdentity(job)}, ${place.instanceId}::integer, ${slice},
        ${place.runId}::integer, refused, data, hash
      from records where refused is not null
      order by hash
      on conflict do nothing
    ),
    candidate as (
      select at, text from (
        select cursor_at as at, cursor_text as text from records
        where refused is null and cursor_at between '1990-01-01Z' and ${page.cursorBound}::timestamptz
        union all
        select ${page.candidate?.at ?? null}::timestamptz, ${page.candidate?.text ?? null}::text
      ) c where at is not null order by at desc limit 1
    )
    select shape, total,
      (select count(*)::int from records) as received,
      (select count(*)::int from fresh where is_new) as inserted,
      (select count(*)::int from fresh where not is_new) as changed,
      (select count(*)::int from records where refused is not null) as quarantined,
      (select coalesce(key, encode(hash, 'hex')) from records where n = 1) as first_record,
      (select at::text from candidate) as candidate_at,
      (select text from candidate) as candidate_text
    from listed`
}

/** The key as text; null when any part of it is missing. */
function keyExpression({ job, parameters }: LandingPlace): Sql {
  if (isKeyedById(job)) return raw("r.data->>'id'")
  const parts = job.key.map((part) =>
    'field' in part
      ? raw(fieldText('r.data', part.field))
      : raw(`${quoteLiteral(parameters[part.parameter] ?? '')}::text`),
  )
  if (parts.length === 0) throw new Error(`job ${jobIdentity(job)} has no key`)
  const missing = join(
    parts.map((part) => sql`${part} is null`),
    ' or ',
  )
  return sql`case when ${missing} then null else pg_catalog.jsonb_build_array(${join(parts)})::text end`
}
