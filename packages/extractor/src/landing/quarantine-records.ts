import {
  isKeyedById,
  type QuarantineLimit,
  type QuarantineOutcome,
  type QuarantineRequest,
  type Queryable,
  quoteRelation,
} from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'
import { letterKey } from './letter-key.ts'

/**
 * Moves records of a job's bronze table that meet a condition into the dead letters, on a session inside an open transaction.
 * Where they are too many, with those that left for the same reason in the last 24 hours, or all there are, nothing is done.
 * Throws `DatabaseError`.
 */
export async function quarantineRecords(
  session: Queryable,
  request: QuarantineRequest,
): Promise<QuarantineOutcome> {
  const { job, atMost, from, condition } = request
  const table = raw(quoteRelation(job.target))
  // A condition may end with a comment.
  const failing = raw(`from ${from} where (${condition}\n) is true`)
  const recordKey = isKeyedById(job) ? "(data->>'id')" : 'record_key'
  const { rows: counted } = await session.query<{ failing: string; rows: string; before: string }>(sql`
    select (select count(*) ${failing})::text as failing, (select count(*) from ${table})::text as rows,
      (select pg_catalog.count(distinct (instance_id, key))
       from strata.dead_letters, lateral (select ${raw(letterKey(job))} as key) as identified
       where landing_schema = ${request.landingSchema} and job = ${jobIdentity(job)}
         and reason = ${request.reason} and created_at > now() - interval '24 hours'
         and not exists (select from ${table} where source_instance_id = instance_id and ${raw(recordKey)} = key)
      )::text as before`)
  const { failing: found, rows, before } = asNumbers(counted[0]!)
  const most = mostOf(atMost, rows + before) - before
  if (found === 0) return { kind: 'moved', rows: 0 }
  if (found > most) return { kind: 'refused', failing: found, rows, before }
  const { rows: ended } = await session.query<{ failing: number; moved: number }>(sql`
    with failing as materialized (
      select id ${failing}
      -- In the order in which a landing locks the rows of an instance, so that the two cannot deadlock.
      order by source_instance_id, ${raw(recordKey)} collate "C"
      for update
    ),
    moved as (
      delete from ${table} as t using failing as f
      where t.id = f.id and (select count(*) from failing) <= ${most}::integer
      returning t.*
    ),
    kept as (
      insert into strata.dead_letters
        (landing_schema, job, instance_id, slice, run_id, reason, record, record_hash)
      select distinct on (source_instance_id, slice, hash)
        ${request.landingSchema}, ${jobIdentity(job)}, source_instance_id, slice, etl_run_id, ${request.reason}, data, hash
      from moved
      cross join lateral (
        select decode(md5(data::text), 'hex') as hash,
          -- As sliceIdentity writes it.
          (select '{' || coalesce(pg_catalog.string_agg(pg_catalog.to_json(key)::text || ':' || pg_catalog.to_json(value)::text, ',' order by key collate "C"), '') || '}'
           from pg_catalog.jsonb_each_text(coalesce(context, '{}'))) as slice
      ) as identified
      order by source_instance_id, slice, hash
      -- Moved anew, it counts anew.
      on conflict (landing_schema, job, instance_id, slice, record_hash) do update
      set run_id = excluded.run_id, reason = excluded.reason, created_at = excluded.created_at,
        resolved_at = null, resolution = null
    )
    select (select count(*)::int from failing) as failing, (select count(*)::int from moved) as moved`)
  const { failing: locked, moved } = ended[0]!
  return locked > most ? { kind: 'refused', failing: locked, rows, before } : { kind: 'moved', rows: moved }
}

function mostOf({ rows, percent, ceiling = 100 }: QuarantineLimit, all: number): number {
  const share = (part: number) => Math.floor((all * part) / 100)
  return Math.min(Math.max(rows, share(percent)), share(ceiling), all - 1)
}

function asNumbers<K extends string>(row: { readonly [key in K]: string }): { readonly [key in K]: number } {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Number(value)])) as {
    readonly [key in K]: number
  }
}
