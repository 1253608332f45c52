import type { EndpointJob } from '@strata/core'
import { quoteLiteral, quoteRelation } from '@strata/core'
import sql, { empty, join, raw, type Sql } from 'sql-template-tag'
import { fieldText, jobIdentity, type SliceParameters, sliceIdentity } from '../job-identity.ts'
import { keyColumn, keyExpression, type RecordsPlace, recordSteps, refusal } from './record-steps.ts'

/** What decides where the pages of a job land. */
export interface PagesPlace extends RecordsPlace {
  readonly job: EndpointJob
}

/** The same of a walk: of one slice of the job. */
export interface LandingPlace extends PagesPlace {
  readonly parameters: SliceParameters
}

/** A point in the source's time: the instant, and the text in which the API wrote it. */
export interface CursorValue {
  readonly at: string
  readonly text: string
}

export interface PageContent {
  /** Of the slice that it is a page of. */
  readonly parameters: SliceParameters
  /** The answer as it came. */
  readonly body: string
  /** Whether `markUnstorable` has been at it. */
  readonly marked: boolean
  /** Cursor values beyond this do not count towards the watermark. ISO 8601. */
  readonly cursorBound: string
  /** The source's clock; a cursor value more than a day beyond it is impossible. ISO 8601. */
  readonly serverTime: string
  /** Greatest cursor value of the pages before; of several pages of a slice that of the ones before all of them. */
  readonly candidate: CursorValue | null
  /** Key (or hash) of a record that is looked for in it. */
  readonly expected?: string | undefined
}

/** What the landing statement returns, a row a page, in their order. */
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

export interface LandingOptions {
  /** Whether the ids of the bronze rows of their records are wanted, for a walk that finds out what is gone. */
  readonly seen: boolean
}

/**
 * One statement that lands pages of one or several slices of a job, those of a slice in their order: it takes the raw text of each as
 * one parameter, so that numbers keep all their digits; the last of several records with one key wins; records without a key go to the dead letters; records that are there
 * already, unchanged, are neither written nor locked (an anti-join by the stored hash comes before the upsert).
 */
export function landingStatement(
  place: PagesPlace,
  pages: readonly PageContent[],
  { seen }: LandingOptions,
): Sql {
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
      ? raw(`p.server_time + interval '1 day'`)
      : sql`least(p.server_time + interval '1 day', ${job.cursor.max}::timestamptz)`
  const several = pages.length > 1
  return sql`
    with pages as materialized (${pageRows(pages)}),
    bodies as materialized (${join(
      pages.map(({ body }, index) => sql`select ${index}::integer as page, ${body}::jsonb as doc`),
      ' union all ',
    )}),
    listed as materialized (
      select page, total, next_link, next_params, shape,
        case shape when 'array' then doc when 'envelope' then nullif(${records}, 'null') end as list
      from bodies, lateral (
        select
          case jsonb_typeof(doc) when 'array' then 'array' when 'object' then
            -- A failure may come as a success, with some of the records.
            case when jsonb_typeof(doc->'error') = 'object' and doc->'error' ?| array['code', 'message'] then 'other' else case jsonb_typeof(${records}) when 'array' then 'envelope' when 'null' then 'envelope' else 'other' end end
          else 'other' end as shape,
          case jsonb_typeof(doc) when 'object' then ${total} end as total,
          case jsonb_typeof(doc) when 'object' then ${nextLink} end as next_link,
          case jsonb_typeof(doc) when 'object' then ${nextParams} end as next_params
      ) as parts
    ),
    records as materialized (
      select l.page, r.data, r.n, key, key_json,
        case when jsonb_typeof(key_json) = 'number' then (key_json #>> '{}')::numeric end as key_number,
        decode(md5(r.data::text), 'hex') as hash, cursor_text,
        strata.read_instant(cursor_text) as cursor_at,
        ${refusal(pages.some(({ marked }) => marked))} as refused
      from listed as l join pages as p using (page), jsonb_array_elements(list) with ordinality as r (data, n),
        lateral (select ${keyExpression(job, raw('p.parameters'))} as key, ${singleKey} as key_json,
          ${cursor ?? raw('null::text')} as cursor_text) as taken
    ),
    distinct_records as (
      select distinct on (key collate "C" ${several ? raw(', page') : empty}) r.*,
        case when cursor_at between ${earliest}::timestamptz and ${latest} then cursor_at end as plausible_at
      from records as r join pages as p using (page) where refused is null
      order by key collate "C" ${several ? raw(', page') : empty}, n desc
    ),
    accepted as (${
      several
        ? raw(
            'select distinct on (key collate "C") * from distinct_records order by key collate "C", page desc',
          )
        : raw('select * from distinct_records')
    }),
    ${recordSteps(place, { seen, pages: raw('pages') })},
    brought as (
      select page, count(*)::int as received,
        count(*) filter (where refused is not null)::int as quarantined,
        max(record) filter (where n = 1) as first_record, max(record) filter (where n = length) as last_record,
        bool_or(record = expected) as expected,
        max(key_json::text) filter (where n = 1) as first_key,
        max(key_json::text) filter (where n = length) as last_key,
        case when count(key_number) = count(*) then bool_and(grows) end as ordered,
        count(*) filter (where ${cursor !== null} and refused is null and cursor_text is null)::int as missing_cursors
      from (
        select page, n, key_json, key_number, refused, cursor_text, expected, coalesce(key, encode(hash, 'hex')) as record,
          count(*) over (partition by page) as length,
          coalesce(key_number >= lag(key_number) over (partition by page order by n), true) as grows
        from records join pages using (page)
      ) as steps
      group by page
    ),
    kept as (
      select page, count(*)::int as distinct,
        count(*) filter (where cursor_text is not null and plausible_at is null)::int as rejected_cursors,
        count(*) filter (where cursor_at < ${earliest}::timestamptz)::int as early_cursors
      from distinct_records group by page
    ),
    stored as (
      select page, count(*) filter (where is_new)::int as inserted, count(*) filter (where not is_new)::int as changed,
        ${seen && cursor !== null ? missedRecords(place) : raw('0')} as missed
      from fresh as f group by page
    ),
    candidates as (
      select distinct on (reached.page) reached.page, at, text from (
        select distinct on (page) page, slice, at, text from (
          select page, slice, cursor_at as at, cursor_text as text from records join pages as p using (page)
          where refused is null and cursor_at between ${earliest}::timestamptz and least(p.cursor_bound, ${latest})
          union all
          select page, slice, candidate_at, candidate_text from pages
        ) as own where at is not null order by page, at desc
      ) as c join pages as reached on reached.slice = c.slice and reached.page >= c.page
      order by reached.page, at desc
    )
    ${
      seen
        ? sql`, ids_by_key as materialized (
      select pg_catalog.jsonb_object_agg(key, id) as by_key
      from (select key, id from compared where not is_new union all select key, id from written) as rows
    ), sights as (${seenRows(place, pages)})`
        : empty
    }
    select shape, total, coalesce(received, 0) as received, coalesce("distinct", 0) as distinct,
      coalesce(inserted, 0) as inserted, coalesce(changed, 0) as changed, coalesce(quarantined, 0) as quarantined,
      first_record, last_record, coalesce(brought.expected, false) as expected, first_key, last_key, ordered,
      next_link, next_params, coalesce(missing_cursors, 0) as missing_cursors, coalesce(rejected_cursors, 0) as rejected_cursors,
      coalesce(early_cursors, 0) as early_cursors, coalesce(missed, 0) as missed, ${seen ? raw('ids') : raw('null::integer[]')} as seen,
      at::text as candidate_at, text as candidate_text
    from listed left join brought using (page) left join kept using (page) left join stored using (page)
      left join candidates using (page) ${seen ? raw('left join sights using (page)') : empty}
    order by page`
}

/** What is known of each page beside its text. */
function pageRows(pages: readonly PageContent[]): Sql {
  const rows = pages.map(
    ({ parameters, cursorBound, serverTime, candidate, expected }, index) => sql`
      (${index}::integer, ${sliceIdentity(parameters)}::text, ${sliceIdentity(parameters)}::jsonb, ${cursorBound}::timestamptz,
        ${serverTime}::timestamptz, ${candidate?.at ?? null}::timestamptz, ${candidate?.text ?? null}::text, ${expected ?? null}::text)`,
  )
  return sql`
    select * from (values ${join(rows)})
      as given (page, slice, parameters, cursor_bound, server_time, candidate_at, candidate_text, expected)`
}

/** An aggregate over fresh records `f`. */
function missedRecords({ job, landingSchema, instanceId }: PagesPlace): Sql {
  return sql`
    count(*) filter (where differs and plausible_at < (
      select watermark - make_interval(secs => ${job.cursor?.lookbackSeconds ?? 0})
      from strata.job_watermarks as w join pages as p on p.slice = w.slice
      where landing_schema = ${landingSchema} and job = ${jobIdentity(job)}
        and instance_id = ${instanceId}::integer and p.page = f.page))::int`
}

/** The ids of the rows that each page holds the records of. Of a record on several pages one was written. */
function seenRows({ job, instanceId }: PagesPlace, pages: readonly PageContent[]): Sql {
  // The source has a record that cannot be stored, and bronze may have it as it was.
  const unstorable = sql`
    union all
    select r.page, known.id from records r cross join lateral (
      select t.id from ${raw(quoteRelation(job.target))} t
      where t.source_instance_id = ${instanceId}::integer and t.${keyColumn(job)} = r.key
      offset 0
    ) known where r.refused is not null`
  // By a map and not by a join: the planner knows nothing of the rows, and compares each with each.
  return sql`
    select page, array_agg(id) as ids from (
      select d.page, (by_key->>d.key)::integer as id from distinct_records as d, ids_by_key
      ${pages.some(({ marked }) => marked) ? unstorable : empty}
    ) as seen where id is not null group by page`
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
