import { createHash } from 'node:crypto'
import type { EndpointJob, Queryable } from '@strata/core'
import { quoteRelation } from '@strata/core'
import sql, { type Sql } from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'
import { slicesQuery } from './cycle-slices.ts'

/** Whose slices they are. */
export interface ParentsPlace {
  readonly landingSchema: string
  readonly job: EndpointJob
  readonly instanceId: number
}

/** How far the tables that the slices come from can be seen. */
export interface ParentChanges {
  /** All transactions before this one have ended: what they wrote is seen. */
  readonly seen: string
  /** No transaction from this one on had begun: rows that bear one came with a restored database. */
  readonly before: string
}

/**
 * Fixes how far the parents are seen (R4): a row that is written by a transaction which has not ended is seen by a later pass. Where the
 * numbers of transactions mean nothing any more, or the job asks another question, it forgets what the slices have seen, so
 * that all are due. To be called before the parents are read.
 */
export async function lookAtParents(transaction: Queryable, place: ParentsPlace): Promise<ParentChanges> {
  const { landingSchema, job, instanceId } = place
  const { rows } = await transaction.query<ParentChanges>(sql`
    select pg_snapshot_xmin(s)::text as seen, pg_snapshot_xmax(s)::text as before from pg_current_snapshot() as s`)
  const tables = [job.target, ...job.slices.map(({ from }) => from)].map(quoteRelation)
  const question = sql`(${questionOf(job)} || ' ' ||
    (select string_agg(coalesce(to_regclass(name)::oid::text, '-'), ' ' order by at)
     from unnest(${tables}::text[]) with ordinality as t (name, at)))`
  const known = await transaction.query(sql`
    select from strata.slice_refreshes
    where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instanceId}::integer
      and question = ${question} and xmin = written_by::xid`)
  if (known.rowCount === 0) {
    await transaction.query(sql`
      update strata.job_watermarks set parents_seen = null, place = place - 'parentsSeen'
      where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instanceId}::integer
        and (parents_seen is not null or place ? 'parentsSeen')`)
    await transaction.query(sql`
      insert into strata.slice_refreshes (landing_schema, job, instance_id, question)
      values (${landingSchema}, ${jobIdentity(job)}, ${instanceId}::integer, ${question})
      on conflict (landing_schema, job, instance_id) do update
      set question = excluded.question, written_by = pg_current_xact_id()`)
  }
  return rows[0]!
}

/**
 * A SELECT of all slices: those that are due have positions from 1, the others, which are there and not asked for, from -1
 * downwards. Due is what was never walked completely, or not since one of its rows was written, or holds records that a walk missed and
 * no second one has, or has to be swept.
 */
export function dueSlicesQuery(
  { landingSchema, job, instanceId }: ParentsPlace,
  { before }: ParentChanges,
): Sql {
  const { sweep } = job
  return sql`
    select parameters,
      case when due then 1 else -1 end * row_number() over (partition by due order by position) as position
    from (
      select s.position, s.parameters,
        w.slice is null or w.status <> 'complete' or w.parents_seen is null
          or coalesce(s.changed >= w.parents_seen, false)
          or coalesce(w.walked_at > coalesce(w.swept_at, '-infinity'), false)
          or (${sweep !== null}::boolean
            and not coalesce(w.swept_at > now() - make_interval(secs => ${sweep?.everySeconds ?? 0}), false)) as due
      from (${slicesQuery(job, instanceId, before)}) as s
      left join strata.job_watermarks w
        on w.landing_schema = ${landingSchema} and w.job = ${jobIdentity(job)} and w.instance_id = ${instanceId}::integer
          and w.slice::jsonb = s.parameters
    ) as judged`
}

/** Another question has other answers, though the parents are the same. */
function questionOf(job: EndpointJob): string {
  const { endpoint, params, recordPath, paging, key, slices, cursor, window } = job
  return createHash('md5')
    .update(JSON.stringify([endpoint, params, recordPath, paging, key, slices, cursor, window]))
    .digest('hex')
}
