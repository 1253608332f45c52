import { isKeyedById, type Job, type Queryable, quoteRelation } from '@strata/core'
import sql, { raw, type Sql } from 'sql-template-tag'
import { isKeyedByRecord, jobIdentity, slicesOf } from '../job-identity.ts'
import { superseded } from './superseded.ts'

/** All slices of a job of an instance have been tried, in this run or in earlier ones that it goes on with. */
export interface EndedPass {
  readonly landingSchema: string
  readonly job: Job
  readonly instanceId: number
  readonly runId: number
  /** Whether any walk of this run went over everything. */
  readonly sweeping: boolean
  /** Whether no walk can have passed over a record. Otherwise a record is gone when two walks have missed it. */
  readonly proven: boolean
}

/** What the walks over everything of a pass did not see. */
export interface SweepOutcome {
  /** Bronze rows of the instance that were not marked before. */
  readonly live: number
  /** Rows of them that no walk has seen. */
  readonly missing: number
  /** Rows of those that are marked now. */
  readonly marked: number
  /** Missing for the first time: marked when the next walk over everything misses them as well. */
  readonly awaiting: number
  /** Rows that another slice than theirs brought, and that belong to it now. */
  readonly moved: number
  /** More are missing than the job allows: nothing was marked. */
  readonly refused: boolean
  /** Records that several slices of the pass have brought, of a job whose key does not tell them apart. */
  readonly shared?: number
}

/**
 * Marks what is gone from the source, in one transaction with the end of the pass: rows of slices that were walked over completely and
 * that no walk of the pass has seen; rows of slices that the source answers 404 for; rows of slices whose parents are gone. Rows that
 * another slice has brought belong to that one. All or, where they are more than `maxDeletedShare`, nothing.
 *
 * For a job with slices the pass is that of `strata.job_cycles`, whose rows must still be there. A slice whose rows
 * were marked because it is gone has no watermark any more: should it come back, it is read from the beginning.
 *
 * Null: there was nothing to judge. Throws `DatabaseError`, and `SourceError` `RUN_SUPERSEDED`.
 */
export async function markGone(transaction: Queryable, pass: EndedPass): Promise<SweepOutcome | null> {
  await requireOwnRun(transaction, pass)
  return await withoutNestedLoops(transaction, async () =>
    (await isAnythingToJudge(transaction, pass))
      ? (await transaction.query<SweepOutcome>(markingStatement(pass))).rows[0]!
      : null,
  )
}

/**
 * For statements that join two large sides of which the planner knows nothing: it cannot tell how many ids an array holds, say, and takes
 * a page a time for a join.
 */
export async function withoutNestedLoops<T>(transaction: Queryable, work: () => Promise<T>): Promise<T> {
  await transaction.query(`select set_config('enable_nestloop', 'off', true)`)
  const result = await work()
  await transaction.query(
    `select set_config(name, reset_val, true) from pg_catalog.pg_settings where name = 'enable_nestloop'`,
  )
  return result
}

/** A process that has lost its lock marks nothing; until the end of the transaction no other takes the run over. */
async function requireOwnRun(transaction: Queryable, pass: EndedPass): Promise<void> {
  const runs = raw(quoteRelation({ schema: pass.landingSchema, name: 'dw_etl_runs' }))
  const { rowCount } = await transaction.query(
    sql`select from ${runs} where run_id = ${pass.runId} and run_status = 'running' for update`,
  )
  if (rowCount === 0) {
    throw superseded(pass)
  }
}

async function isAnythingToJudge(transaction: Queryable, pass: EndedPass): Promise<boolean> {
  const { rows } = await transaction.query<{ found: boolean }>(sql`
    select exists (select from strata.job_watermarks as w where ${ofJob('w', pass)} and ${isSwept(pass)})
      or ${slicesOf(pass.job).length > 0}::boolean and exists (${lostSlices(pass, raw('1'))}) as found`)
  return rows[0]?.found ?? false
}

/** Condition on a row `w` of `job_watermarks`: a walk of this pass went over everything, and what it missed was not marked yet. */
function isSwept(pass: EndedPass): Sql {
  const ofThisPass =
    slicesOf(pass.job).length === 0
      ? sql`${pass.sweeping}::boolean`
      : sql`w.walked_at >= (select c.started_at from strata.job_cycles as c where ${ofJob('c', pass)})`
  return sql`(w.status = 'complete' and w.walked_at > coalesce(w.swept_at, '-infinity') and ${ofThisPass})`
}

/**
 * Slices that have gone, and whose rows have not been looked at since. A slice that is gone and done with holds 0 records. In two parts: below
 * an `or` each slice would be looked for among all of them.
 */
function lostSlices(pass: EndedPass, columns: Sql): Sql {
  const ofStatus = (condition: Sql) => sql`
    select ${columns} from strata.job_watermarks as w
    where ${ofJob('w', pass)} and w.records_received is distinct from 0 and ${condition}`
  return sql`
    ${ofStatus(sql`w.status = 'gone'`)}
    union all
    ${ofStatus(sql`w.status is distinct from 'gone'`)} and not exists (
      select from strata.job_cycle_slices as c where ${ofJob('c', pass)} and c.parameters = w.slice::jsonb)`
}

function markingStatement(pass: EndedPass): Sql {
  const { job } = pass
  const table = raw(quoteRelation(job.target))
  const key = raw(isKeyedById(job) ? "t.data->>'id'" : 't.record_key')
  const sliced = slicesOf(job).length > 0
  const context = raw(sliced ? 't.context' : "coalesce(t.context, '{}')")
  const ofInstance = sql`t.source_instance_id = ${pass.instanceId}::integer and t.deleted_at is null`
  return sql`
    with slices as materialized (${sliced ? cycleSlices(pass) : onlySlice(pass)}),
    seen as not materialized (
      select parameters, unnest(ids) as id
      from (
        select slice::jsonb as parameters, ids from strata.seen_records as s where ${ofJob('s', pass)} offset 0
      ) as pages
      -- What a slice that is gone had before, in a backfill or a walk that was cut off, goes with it.
      where parameters in (select s.parameters from slices as s)
    ),
    before as materialized (
      select unnest(m.ids) as id from strata.missing_records as m where ${ofJob('m', pass)}
    ),
    missing as materialized (
      select t.id, s.parameters, s.parameters is null or ${pass.proven}::boolean or b.id is not null as confirmed
      from ${table} as t
      left join slices as s on s.parameters = ${context}
      left join before as b on b.id = t.id
      where ${ofInstance}
        and case when s.parameters is not null then s.swept
          -- Rows that an older system landed name no slice: they are in one of those that have not been read yet.
          else t.context is not null or (select coalesce(bool_and(known), true) from slices) end
        and not exists (select from seen where seen.id = t.id)
    ),
    judged as materialized (
      select live, missing, awaiting, missing - renewed > greatest(allowed, 0) as refused
      from (
        select *, ${mostGone(job)} as allowed
        from (
          select (select count(*)::integer from ${table} as t where ${ofInstance}) as live,
            (select count(*)::integer from missing) as missing,
            (select count(*)::integer from missing where not confirmed) as awaiting,
            ${renewedRows(pass, ofInstance)} as renewed
        ) as counted
      ) as limited
    ),
    doomed as materialized (
      select t.id from ${table} as t
      where t.id in (select id from missing where confirmed) and not (select refused from judged)
      -- In the order in which a landing locks the rows of an instance, so that the two cannot deadlock.
      order by ${key} collate "C"
      for update
    ),
    marked as (
      update ${table} as t set deleted_at = now(), updated_at = now(), changed_xid = default
      from doomed as d where t.id = d.id and t.deleted_at is null
      returning t.id
    ),
    moved as (${sliced ? movedRows(table, ofInstance) : sql`select 1 where false`}),
    swept as (
      update strata.job_watermarks as w set swept_at = w.walked_at
      where ${ofJob('w', pass)} and ${isSwept(pass)} and not (select refused from judged)
        and not exists (select from missing as m where not m.confirmed and m.parameters = w.slice::jsonb)
    ),
    remembered as (
      insert into strata.missing_records as r (landing_schema, job, instance_id, ids)
      select ${pass.landingSchema}, ${jobIdentity(job)}, ${pass.instanceId}::integer, coalesce(array_agg(id), '{}')
      from (
        select id from missing where not confirmed
        union
        select t.id from before join ${table} as t on t.id = before.id
        join slices as s on s.parameters = ${context}
        where t.deleted_at is null and not s.swept and not exists (select from seen where seen.id = t.id)
      ) as waiting
      where not (select refused from judged)
      having count(*) > 0 or exists (select from before)
      on conflict (landing_schema, job, instance_id) do update set ids = excluded.ids
    )
    ${sliced ? sql`, lost as (${forgetLost(pass)})` : raw('')}
    select live, missing, case when refused then 0 else awaiting end as awaiting, refused,
      (select count(*)::integer from marked) as marked, (select count(*)::integer from moved) as moved
    from judged`
}

/** SQL: of records that are their own key each change takes one away and brings one: as many of the missing are not lost. */
function renewedRows({ job, runId }: EndedPass, ofInstance: Sql): Sql {
  if (!isKeyedByRecord(job)) return raw('0')
  return sql`(select count(*)::integer from ${raw(quoteRelation(job.target))} as t where ${ofInstance} and t.etl_run_id = ${runId}::integer)`
}

/** SQL: how many of `live` rows may be gone. Of few some may always go: a share of them would be less than one. */
export function mostGone({ maxDeletedShare }: Job): Sql {
  return sql`case when ${maxDeletedShare}::float8 >= 1 then live
    else least(greatest(10, floor(live * ${maxDeletedShare}::float8)), live - 1) end`
}

/** The slices of the pass, some of which it may hold twice, but for those that are gone; `known`: all of it has been read once. */
function cycleSlices(pass: EndedPass): Sql {
  return sql`
    select distinct c.parameters, coalesce(${isSwept(pass)}, false) as swept, w.walked_at is not null as known
    from strata.job_cycle_slices as c
    left join strata.job_watermarks as w on ${ofJob('w', pass)} and w.slice::jsonb = c.parameters
    where ${ofJob('c', pass)} and w.status is distinct from 'gone'`
}

function onlySlice(pass: EndedPass): Sql {
  return sql`
    select '{}'::jsonb as parameters, ${isSwept(pass)} as swept, w.walked_at is not null as known
    from strata.job_watermarks as w where ${ofJob('w', pass)} and w.slice = '{}'`
}

function movedRows(table: Sql, ofInstance: Sql): Sql {
  return sql`
    update ${table} as t set context = m.parameters, updated_at = now(), changed_xid = default
    from (
      select t.id, min(other.parameters::text)::jsonb as parameters
      from seen as other
      join ${table} as t on t.id = other.id
      join slices as here on here.parameters = other.parameters
      left join slices as own on own.parameters = t.context
      where ${ofInstance} and other.parameters is distinct from t.context and coalesce(own.swept, true)
        and not exists (select from seen where seen.id = t.id and seen.parameters = t.context)
      group by t.id
    ) as m
    where t.id = m.id and not (select refused from judged)
    returning t.id`
}

function forgetLost(pass: EndedPass): Sql {
  return sql`
    update strata.job_watermarks as gone
    set status = 'gone', watermark = null, watermark_text = null, place = null, records_received = 0, swept_at = now(),
      failure = case gone.status when 'gone' then gone.failure else 'its parent is gone' end
    where ${ofJob('gone', pass)} and not (select refused from judged)
      and gone.slice in (${lostSlices(pass, raw('w.slice'))})`
}

function ofJob(alias: string, pass: EndedPass): Sql {
  const column = (name: string) => raw(`${alias}.${name}`)
  return sql`${column('landing_schema')} = ${pass.landingSchema} and ${column('job')} = ${jobIdentity(pass.job)}
    and ${column('instance_id')} = ${pass.instanceId}::integer`
}
