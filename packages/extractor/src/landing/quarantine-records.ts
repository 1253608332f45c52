import { type QuarantineOutcome, type QuarantineRequest, type Queryable, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { isKeyedById, jobIdentity } from '../job-identity.ts'

/**
 * Moves records of a job's bronze table that meet a condition into the dead letters, on a session inside an open transaction.
 * Where they are too many, or all there are, nothing is done. Throws `DatabaseError`.
 */
export async function quarantineRecords(
  session: Queryable,
  request: QuarantineRequest,
): Promise<QuarantineOutcome> {
  const { job, atMost, from, condition } = request
  const table = raw(quoteRelation(job.target))
  // A condition may end with a comment.
  const failing = raw(`from ${from} where (${condition}\n) is true`)
  const { rows: counted } = await session.query<{ failing: string; rows: string }>(sql`
    select (select count(*) ${failing})::text as failing, (select count(*) from ${table})::text as rows`)
  const [found, rows] = [Number(counted[0]!.failing), Number(counted[0]!.rows)]
  const most = Math.min(Math.max(atMost.rows, Math.floor((rows * atMost.percent) / 100)), rows - 1)
  if (found === 0) return { kind: 'moved', rows: 0 }
  if (found > most) return { kind: 'refused', failing: found, rows }
  const { rows: ended } = await session.query<{ failing: number; moved: number }>(sql`
    with failing as materialized (
      select id ${failing}
      -- In the order in which a landing locks the rows of an instance, so that the two cannot deadlock.
      order by source_instance_id, ${raw(isKeyedById(job) ? "(data->>'id')" : 'record_key')} collate "C"
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
      select ${request.landingSchema}, ${jobIdentity(job)}, source_instance_id, slice, etl_run_id, ${request.reason}, data, hash
      from moved
      cross join lateral (
        select decode(md5(data::text), 'hex') as hash,
          -- As sliceIdentity writes it.
          (select '{' || coalesce(string_agg(to_json(key)::text || ':' || to_json(value)::text, ',' order by key collate "C"), '') || '}'
           from jsonb_each_text(coalesce(context, '{}'))) as slice
      ) as identified
      order by source_instance_id, slice, hash
      on conflict do nothing
    )
    select (select count(*)::int from failing) as failing, (select count(*)::int from moved) as moved`)
  const { failing: locked, moved } = ended[0]!
  return locked > most ? { kind: 'refused', failing: locked, rows } : { kind: 'moved', rows: moved }
}
