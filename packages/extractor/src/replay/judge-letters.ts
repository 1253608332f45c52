import { isKeyedById, type Job, type Queryable, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { fieldText, jobIdentity } from '../job-identity.ts'
import { letterKey } from '../landing/letter-key.ts'
import { unstorableMark } from '../landing/unstorable-text.ts'
import type { JobInstance } from '../status/job-instance.ts'
import { instantOf } from '../status/landing-tables.ts'
import { isMeant, type LetterFilter } from './letter-filter.ts'

/**
 * What is to become of an open letter. `there`: bronze holds the record as it is; `superseded`: bronze holds what came later,
 * or another letter does; `ask`: the source is to be asked for it; the last two cannot be landed.
 */
export type Verdict = 'land' | 'there' | 'superseded' | 'ask' | 'no_key' | 'unstorable_text'

export interface JudgedLetter {
  readonly id: string
  readonly reason: string
  readonly verdict: Verdict
  /** Canonical JSON of the path parameters. */
  readonly slice: string
  /** JSON text. */
  readonly record: string
  /** How the source was asked for it. */
  readonly request: unknown
  readonly createdAt: string
}

export interface JudgeOptions extends JobInstance {
  readonly landingSchema: string
  readonly filter: LetterFilter
  /** The last letter of the batch before. */
  readonly after: JudgedLetter | null
  readonly limit: number
}

/**
 * The next open letters of a job and instance, and what is to become of each by today's rules. The newest come first, so
 * that what an older one of the same record holds is not landed over it.
 */
export async function judgeLetters(
  database: Queryable,
  { job, instanceId, landingSchema, filter, after, limit }: JudgeOptions,
): Promise<readonly JudgedLetter[]> {
  const instant = (moment: string) => raw(instantOf(landingSchema, moment))
  const beyond =
    after === null
      ? raw('true')
      : sql`(l.created_at, l.id) < (${after.createdAt}::timestamptz, ${after.id}::bigint)`
  const { rows } = await database.query<JudgedLetter>(sql`
    with letters as materialized (
      select l.*, ${raw(letterKey(job))} as key, decode(md5(record::text), 'hex') as hash, ${cursorOf(job)} as cursor_at
      from strata.dead_letters l
      where ${isMeant(landingSchema, filter)} and l.job = ${jobIdentity(job)} and l.instance_id = ${instanceId}::integer
        and ${beyond}
      order by l.created_at desc, l.id desc limit ${limit}::bigint
    ),
    compared as (
      select l.*, k.id is not null as is_known, k.row_hash = l.hash and k.deleted_at is null as is_there,
        case when k.id is null then false
          when k.deleted_at is not null then ${instant('k.deleted_at')} > l.created_at
          when k.cursor_at <> l.cursor_at then k.cursor_at > l.cursor_at
          else coalesce(${instant('k.updated_at')}, ${instant('k.loaded_at')}) > l.created_at end as is_older,
        row_number() over (partition by l.key order by l.cursor_at desc nulls last, l.created_at desc, l.id desc) as turn
      from letters l
      left join lateral (
        select t.id, t.row_hash, t.deleted_at, t.cursor_at, t.updated_at, t.loaded_at
        from ${raw(quoteRelation(job.target))} t
        where t.source_instance_id = ${instanceId}::integer and t.${raw(isKeyedById(job) ? "data->>'id'" : 'record_key')} = l.key
        offset 0
      ) k on true
    )
    select id::text as id, reason, slice, record::text as record, request, created_at::text as "createdAt",
      case when reason = 'unreadable' then 'ask'
        when key is null then 'no_key'
        when is_there then 'there'
        when is_older then 'superseded'
        when position(${unstorableMark} in record::text) > 0 then 'unstorable_text'
        when turn > 1 then 'superseded'
        else 'land' end as verdict
    from compared order by created_at desc, compared.id desc`)
  return rows
}

/** As the landing takes it: null where it is missing or impossible. */
function cursorOf(job: Job) {
  const cursor = job.kind === 'endpoint' ? job.cursor : null
  if (cursor === null) return raw('null::timestamptz')
  const value = raw(`strata.read_instant(${fieldText('record', [cursor.field])})`)
  const latest =
    cursor.max === null
      ? raw("now() + interval '1 day'")
      : sql`least(now() + interval '1 day', ${cursor.max}::timestamptz)`
  return sql`case when ${value} between ${cursor.min ?? '1990-01-01Z'}::timestamptz and ${latest} then ${value} end`
}
