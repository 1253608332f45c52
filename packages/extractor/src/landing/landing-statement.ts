import type { EndpointJob } from '@strata/core'
import { quoteLiteral, quoteRelation } from '@strata/core'
import sql, { empty, raw, type Sql } from 'sql-template-tag'
import { fieldText, jobIdentity, sliceIdentity } from '../job-identity.ts'
import { keyColumn, keyExpression, type RecordsPlace, recordSteps, refusal } from './record-steps.ts'

/** What decides where the records of a walk land. */
export interface LandingPlace extends RecordsPlace {
  readonly job: EndpointJob
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
  /** Key (or hash) of a record that is looked for in it. */
  readonly expected?: string | undefined
  /** Whether the ids of the bronze rows of its records are wanted, for a walk that finds out what is gone. */
  readonly seen: boolean
}

/** What the landing statement returns, in one row. */
export interface LandedRow {
  readonly shape: 'array' | 'envelope' | 'other'
  /** How many records the API says there are. */
  readonly total: string | null
  /** Records received, and how many keys they have. */
  readonly received: number
  readonly distinct: number
  readonly inserted: number
  readonly changed: number
  readonly quarantined: number
  /** Key (or hash) of the first and the last record: a server that ignores `$skip` gives the same ones again. */
  readonly first_record: string | null
  readonly last_record: string | null
  /** The key of the first and of the last record as JSON, where it is one field. */
  readonly first_key: string | null
  readonly last_key: string | null
  /** Whether the record that was expected is among them. */
  readonly expected: boolean
  /** Whether the keys are numbers that do not fall from record to record; null where one is no number. */
  readonly ordered: boolean | null
  /** Where the answer says that the next page is, and the values that its request needs. */
  readonly next_link: string | null
  readonly next_params: { readonly [parameter: string]: string | null } | null
  /** Records without a cursor value, and with one that is impossible. */
  readonly missing_cursors: number
  readonly rejected_cursors: number
  /** Of the rejected ones, those before all that is possible: a filter by a lower bound never finds them. */
  readonly early_cursors: number
  /** Records that are new or other than in bronze, though their change time lies below what increments ask for. */
  readonly missed: number
  /** `id`s of their bronze rows. */
  readonly seen: readonly number[] | null
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
  const { records, total, nextLink, nextParams } = partsOf(job)
  const cursor = job.cursor === null ? null : raw(fieldText('r.data', [job.cursor.field]))
  const [keyPart, ...furtherParts] = job.key
  const singleKey =
    keyPart !== undefined && 'field' in keyPart && furtherParts.length === 0
      ? raw(`(r.data #> ${pathLiteral(keyPart.field)})`)
      : raw('null::jsonb')
  const earliest = job.cursor?.min ?? '1990-01-01Z'
  const latest =
    job.cursor?.max == null
      ? sql`${page.serverTime}::timestamptz + interval '1 day'`
      : sql`least(${page.serverTime}::timestamptz + interval '1 day', ${job.cursor.max}::timestamptz)`
  return sql`
    with body as materialized (
      select ${page.body}::jsonb as doc
    ),
    listed as materialized (
      select
        case jsonb_typeof(doc) when 'array' then 'array' when 'object' then
          -- A failure may come as a success, with some of the records.
          case when jsonb_typeof(doc->'error') = 'object' and doc->'error' ?| array['code', 'message'] then 'other' else case jsonb_typeof(${records}) when 'array' then 'envelope' when 'null' then 'envelope' else 'other' end end
        else 'other' end as shape,
        case jsonb_typeof(doc) when 'array' then doc when 'object' then
          case jsonb_typeof(${records}) when 'array' then ${records} end end as list,
        case jsonb_typeof(doc) when 'object' then ${total} end as total,
        case jsonb_typeof(doc) when 'object' then ${nextLink} end as next_link,
        case jsonb_typeof(doc) when 'object' then ${nextParams} end as next_params
      from body
    ),
    records as materialized (
      select r.data, r.n, key, key_json,
        case when jsonb_typeof(key_json) = 'number' then (key_json #>> '{}')::numeric end as key_number,
        decode(md5(r.data::text), 'hex') as hash, cursor_text,
        strata.read_instant(cursor_text) as cursor_at,
        ${refusal(page.marked)} as refused
      from listed, jsonb_array_elements(list) with ordinality as r (data, n),
        lateral (select ${keyExpression(place)} as key, ${singleKey} as key_json,
          ${cursor ?? raw('null::text')} as cursor_text) as taken
    ),
    accepted as (
      select distinct on (key collate "C") *,
        case when cursor_at between ${earliest}::timestamptz and ${latest}
          then cursor_at end as plausible_at
      from records where refused is null
      order by key collate "C", n desc
    ),
    ${recordSteps(place, page)},
    candidate as (
      select at, text from (
        select cursor_at as at, cursor_text as text from records
        where refused is null and cursor_at between ${earliest}::timestamptz
          and least(${page.cursorBound}::timestamptz, ${latest})
        union all
        select ${page.candidate?.at ?? null}::timestamptz, ${page.candidate?.text ?? null}::text
      ) c where at is not null order by at desc limit 1
    )
    select shape, total,
      (select count(*)::int from records) as received,
      (select count(*)::int from accepted) as distinct,
      (select count(*)::int from fresh where is_new) as inserted,
      (select count(*)::int from fresh where not is_new) as changed,
      (select count(*)::int from records where refused is not null) as quarantined,
      (select coalesce(key, encode(hash, 'hex')) from records where n = 1) as first_record,
      (select coalesce(key, encode(hash, 'hex')) from records order by n desc limit 1) as last_record,
      exists (select from records where coalesce(key, encode(hash, 'hex')) = ${page.expected ?? null}::text) as expected,
      (select key_json::text from records where n = 1) as first_key,
      (select key_json::text from records order by n desc limit 1) as last_key,
      (select case when count(key_number) = count(*) then bool_and(grows) end
       from (select key_number, coalesce(key_number >= lag(key_number) over (order by n), true) as grows
             from records) as steps) as ordered,
      next_link, next_params,
      ${cursor === null ? raw('0') : raw('(select count(*)::int from records where refused is null and cursor_text is null)')} as missing_cursors,
      ${cursor === null ? raw('0') : raw('(select count(*)::int from accepted where cursor_text is not null and plausible_at is null)')} as rejected_cursors,
      ${cursor === null ? raw('0') : sql`(select count(*)::int from accepted where cursor_at < ${earliest}::timestamptz)`} as early_cursors,
      ${page.seen && cursor !== null ? missedRecords(place) : raw('0')} as missed,
      ${page.seen ? seenRows(place, page) : raw('null::integer[]')} as seen,
      (select at::text from candidate) as candidate_at,
      (select text from candidate) as candidate_text
    from listed`
}

function missedRecords({ job, landingSchema, instanceId, parameters }: LandingPlace): Sql {
  return sql`(
    select count(*)::int from fresh where differs and plausible_at < (
      select watermark - make_interval(secs => ${job.cursor?.lookbackSeconds ?? 0})
      from strata.job_watermarks
      where landing_schema = ${landingSchema} and job = ${jobIdentity(job)}
        and instance_id = ${instanceId}::integer and slice = ${sliceIdentity(parameters)}))`
}

function seenRows({ job, instanceId }: LandingPlace, page: PageContent): Sql {
  // The source has a record that cannot be stored, and bronze may have it as it was.
  const unstorable = sql`
    union all
    select known.id from records r cross join lateral (
      select t.id from ${raw(quoteRelation(job.target))} t
      where t.source_instance_id = ${instanceId}::integer and t.${keyColumn(job)} = r.key
      offset 0
    ) known where r.refused is not null`
  return sql`(
    select array_agg(id) from (
      select id from compared where not is_new
      union all
      select w.id from written w where not exists (select from compared c where c.id = w.id)
      ${page.marked ? unstorable : empty}
    ) as rows)`
}

function pathLiteral(path: readonly string[]): string {
  return `array[${path.map(quoteLiteral).join(', ')}]::text[]`
}

/** Where an answer of this job holds its records, their number, and the way to the next page. */
function partsOf({ recordPath, paging }: EndpointJob) {
  const text = (path: readonly string[]) => raw(`doc #>> ${pathLiteral(path)}`)
  const none = raw('null::text')
  const totalPath = 'totalPath' in paging ? paging.totalPath : null
  const params = paging.kind === 'cursor' ? Object.entries(paging.params) : []
  return {
    records: raw(recordPath === null ? "doc->'value'" : `doc #> ${pathLiteral(recordPath)}`),
    total: totalPath === null ? raw("doc->>'@odata.count'") : text(totalPath),
    nextLink:
      paging.kind === 'next_link'
        ? text(paging.path)
        : paging.kind === 'auto'
          ? raw("doc->>'@odata.nextLink'")
          : none,
    nextParams:
      params.length === 0
        ? raw('null::jsonb')
        : raw(
            `pg_catalog.jsonb_build_object(${params
              .map(([name, path]) => `${quoteLiteral(name)}::text, doc #>> ${pathLiteral(path)}`)
              .join(', ')})`,
          ),
  }
}
