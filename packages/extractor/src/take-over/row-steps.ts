import { isKeyedById, type Job, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { fieldText, jobIdentity, slicesOf } from '../job-identity.ts'
import { bronzeRows, type InstanceEvidence } from './bronze-rows.ts'
import { inOwnZone, type StepPlace } from './step.ts'

/** Ids of one batch. A transaction of this size ends in well under a second. */
const batchRows = 5_000

/**
 * Makes the rows what they should be: instance, `source_id`, key, hash, times. In batches by `id`, each a transaction; rows that are right
 * are not touched. What stood in `source_id` and is not the record's id is kept aside.
 */
export async function fillRows(place: StepPlace, job: Job, evidence: InstanceEvidence): Promise<number> {
  const table = raw(quoteRelation(job.target))
  const all = { ...evidence, has: () => true }
  let changed = 0
  let low: string | null = null
  for (;;) {
    place.signal.throwIfAborted()
    const high = await batchEnd(place, job, low)
    if (high === null) return changed
    const range = `${low === null ? '' : `t.id > ${low} and `}t.id <= ${high}`
    changed += await inOwnZone(place, async (transaction) => {
      const { rowCount } = await transaction.query(sql`
        with wanted as materialized (
          select * from (${raw(bronzeRows(job, all, range))}) as rows where stale
        ),
        kept as (
          insert into strata.taken_over_rows (landing_schema, table_name, row_id, instance_id, reason, record)
          select ${place.landingSchema}, ${job.target.name}, id, instance, 'source_id', pg_catalog.jsonb_build_object('source_id', source_id)
          from wanted
          where source_id is not null and source_id is distinct from instance::text and source_id is distinct from data->>'id'
        )
        update ${table} as t
        set source_instance_id = w.instance, source_id = w.instance::text, changed_xid = default,
          created_at = coalesce(t.created_at, t.loaded_at, now()), updated_at = coalesce(t.updated_at, t.loaded_at, now()),
          context = w.context, ${isKeyedById(job) ? raw('') : raw('record_key = coalesce(t.record_key, w.key),')}
          cursor_at = coalesce(t.cursor_at, ${raw(cursorInstant(job))}),
          row_hash = coalesce(t.row_hash, ${raw(slicesOf(job).length === 0 ? hash : `case when w.context is not null then ${hash} end`)})
        from wanted as w where t.id = w.id`)
      return rowCount
    })
    low = high
    place.onRows(changed)
  }
}

async function batchEnd({ database }: StepPlace, job: Job, low: string | null): Promise<string | null> {
  const { rows } = await database.query<{ high: string | null }>(sql`
    select max(id)::text as high from (
      select id from ${raw(quoteRelation(job.target))} where ${low}::bigint is null or id > ${low}::bigint
      order by id limit ${batchRows}) as batch`)
  return rows[0]!.high
}

/** Records that no key tells apart would be landed anew each time: they go where others without a key go. */
export async function moveKeyless(place: StepPlace, job: Job): Promise<number> {
  const table = raw(quoteRelation(job.target))
  const key = raw(isKeyedById(job) ? "data->>'id'" : 'record_key')
  return await inOwnZone(place, async (transaction) => {
    const { rows } = await transaction.query<{ moved: number }>(sql`
      with moved as (
        delete from ${table} where ${key} is null returning *
      ),
      kept as (
        insert into strata.dead_letters
          (landing_schema, job, instance_id, slice, run_id, reason, record, record_hash)
        select distinct on (source_instance_id, slice, hash)
          ${place.landingSchema}, ${jobIdentity(job)}, source_instance_id, slice, etl_run_id, 'no_key', data, hash
        from moved
        cross join lateral (
          select decode(md5(data::text), 'hex') as hash,
            -- As sliceIdentity writes it.
            (select '{' || coalesce(pg_catalog.string_agg(pg_catalog.to_json(key)::text || ':' || pg_catalog.to_json(value)::text, ',' order by key collate "C"), '') || '}'
             from pg_catalog.jsonb_each_text(coalesce(context, '{}'))) as slice
        ) as identified
        order by source_instance_id, slice, hash
        on conflict do nothing
      )
      select count(*)::int as moved from moved`)
    return rows[0]!.moved
  })
}

/** Keeps aside all rows of a key but the newest. */
export async function moveDuplicates(place: StepPlace, job: Job): Promise<number> {
  const table = raw(quoteRelation(job.target))
  const key = raw(isKeyedById(job) ? "data->>'id'" : 'record_key')
  return await inOwnZone(place, async (transaction) => {
    const { rows } = await transaction.query<{ moved: number }>(sql`
      with ranked as (
        select id, pg_catalog.row_number() over (
          partition by source_instance_id, ${key} order by loaded_at desc nulls last, updated_at desc nulls last, id desc) as place
        from ${table} where ${key} is not null and source_instance_id is not null
      ),
      moved as (
        delete from ${table} as t using ranked as r where t.id = r.id and r.place > 1
        returning t.id, t.source_instance_id, pg_catalog.to_jsonb(t) as record
      ),
      kept as (
        insert into strata.taken_over_rows (landing_schema, table_name, row_id, instance_id, reason, record)
        select ${place.landingSchema}, ${job.target.name}, id, source_instance_id, 'duplicate', record from moved
      )
      select count(*)::int as moved from moved`)
    return rows[0]!.moved
  })
}

const hash = "decode(md5(w.data::text), 'hex')"

/** SQL: the change time that the record carries, as a landing takes it: a text without a zone means UTC. */
function cursorInstant(job: Job): string {
  const cursor = job.kind === 'endpoint' ? job.cursor : null
  if (cursor === null) return 'null::timestamptz'
  const text = fieldText('w.data', [cursor.field])
  const zoned = `${text} || case when ${text} ~ '[zZ]$|:[0-9]{2}.*[+-][0-9]{2}(:?[0-9]{2})?$' then '' else 'Z' end`
  const utc = (bound: string) =>
    `timestamptz '${(/[zZ]$|:\d\d.*[+-]\d\d/.test(bound) ? bound : `${bound}Z`).replaceAll("'", '')}'`
  const latest = "now() + interval '1 day'"
  return `(select at from strata.read_instant(${zoned}) as at
    where at between ${utc(cursor.min ?? '1990-01-01')} and ${cursor.max === null ? latest : `least(${latest}, ${utc(cursor.max)})`})`
}
