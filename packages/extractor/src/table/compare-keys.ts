import { quoteRelation, type Session } from '@strata/core'
import sql, { empty, raw, type Sql } from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'
import { letterKey } from '../landing/letter-key.ts'
import { longestKey } from '../landing/longest-key.ts'
import { keyColumn, keyExpression } from '../landing/record-steps.ts'
import { unstorableMark } from '../landing/unstorable-text.ts'
import { mostGone, withoutNestedLoops } from '../run/sweep-gone.ts'
import type { RowsPlace } from './land-rows.ts'
import { type StagedRow, stageRows } from './stage-rows.ts'

/** What a comparison of the source's keys with bronze found. */
export interface KeyComparison {
  /** Rows that the source gave, and how many keys they have: fewer, where the declared key is none. A row that is set aside for its key has its own. */
  readonly rows: number
  readonly keys: number
  /** Keys that several rows have: at most ten, as bronze writes them. */
  readonly duplicates: readonly string[]
  /** Keys that bronze does not have, or has as gone. */
  readonly missing: number
  /** At most ten of them, as bronze writes them. */
  readonly missingKeys: readonly string[]
  /** Only where all keys were given: live bronze rows of the instance, those whose key the source no longer has, and those marked now. */
  readonly live: number
  readonly gone: number
  readonly marked: number
  /** More are gone than the job allows: nothing was marked. */
  readonly refused: boolean
}

/**
 * Compares the keys of the rows that the source gives for a window with those of bronze, in an open transaction, by COPY into a stage.
 * `records`: for each row a JSON object that holds the columns of the key, in chunks. Where `all` of the source's keys are given, bronze rows
 * without one are marked as gone, all or, where they are more than `maxDeletedShare`, none. Rows set aside as dead letters do not count as missing.
 * Throws `DatabaseError`.
 */
export async function compareKeys(
  transaction: Session,
  place: RowsPlace,
  records: AsyncIterable<readonly string[]>,
  all: boolean,
): Promise<KeyComparison> {
  const marked = await stageRows(transaction, 'compared_rows', asRows(records))
  await transaction.query(
    `select set_config('work_mem', '64MB', true) where pg_size_bytes(current_setting('work_mem')) < 64 * 1024 * 1024`,
  )
  const compare = async () =>
    (await transaction.query<KeyComparison>(comparisonStatement(place, marked, all))).rows[0]!
  return all ? await withoutNestedLoops(transaction, compare) : await compare()
}

async function* asRows(records: AsyncIterable<readonly string[]>): AsyncGenerator<readonly StagedRow[]> {
  for await (const chunk of records) yield chunk.map((json) => ({ json, changedAt: null }))
}

function comparisonStatement(place: RowsPlace, marked: boolean, all: boolean): Sql {
  return sql`
    with given as materialized (
      select key, count(*)::integer as rows,
        key is null or octet_length(key) > ${longestKey}::integer ${marked ? sql`or position(${unstorableMark} in key) > 0` : empty} as refused
      from (select ${keyExpression(place.job)} as key from pg_temp.compared_rows as r) as taken
      group by key
    ),
    counted as materialized (
      select coalesce(sum(rows), 0)::integer as rows, count(*) filter (where not refused)::integer as known,
        coalesce(sum(rows) filter (where refused), 0)::integer as refused
      from given
    ),
    differing as materialized (${all ? differencesOfAll(place) : differencesOfSome(place)}),
    missing as materialized (
      select d.key from differing as d
      where d.key is not null and d.key not in (
        select letter_key from (
          select ${raw(letterKey(place.job))} as letter_key from strata.dead_letters
          where landing_schema = ${place.landingSchema} and job = ${jobIdentity(place.job)}
            and instance_id = ${place.instanceId}::integer
            -- What was dismissed is known.
            and (resolved_at is null or resolution = 'dismissed')
        ) as letters where letter_key is not null)
    ),
    ${all ? marking(place) : sql`judged as (select 0 as live, 0 as gone, false as refused), marked as (select 1 where false)`}
    select counted.rows, counted.known + counted.refused as keys, live, gone, judged.refused,
      array(select key from given where rows > 1 and not refused order by key collate "C" limit 10) as duplicates,
      (select count(*)::integer from missing) as missing,
      array(select key from missing order by key collate "C" limit 10) as "missingKeys",
      (select count(*)::integer from marked) as marked
    from counted, judged`
}

/** One pass over the bronze rows of the instance. */
function differencesOfAll({ job, instanceId }: RowsPlace): Sql {
  return sql`
    select g.key, b.id
    from (select key from given where not refused) as g
    full join (
      select t.id, t.${keyColumn(job)} as key from ${raw(quoteRelation(job.target))} as t
      where t.source_instance_id = ${instanceId}::integer and t.deleted_at is null
    ) as b on b.key = g.key
    where g.key is null or b.id is null`
}

/** A look into the index for each key: there may be few of them, and many rows in bronze. */
function differencesOfSome({ job, instanceId }: RowsPlace): Sql {
  return sql`
    select g.key from (select key from given where not refused order by key collate "C") as g
    left join lateral (
      select t.id from ${raw(quoteRelation(job.target))} as t
      where t.source_instance_id = ${instanceId}::integer and t.${keyColumn(job)} = g.key and t.deleted_at is null
      offset 0
    ) as b on true
    where b.id is null`
}

function marking(place: RowsPlace): Sql {
  const { job } = place
  const table = raw(quoteRelation(job.target))
  return sql`
    -- Rows that landed when the job had another key: the same rows are there under the new one, however many they are.
    renamed as materialized (
      select r.id from ${table} as r
      where r.id in (select id from differing where id is not null)
        and r.${keyColumn(job)} is distinct from ${keyExpression(place.job)}
        and ${keyExpression(place.job)} in (select key from given where not refused)
    ),
    judged as materialized (
      select live, gone, gone > greatest(${mostGone(job)}, 0) as refused
      from (
        -- Of the keys that were given, those that bronze has live, and the rows that have none of them.
        select gone - renamed as gone, known - unknown + gone - renamed as live
        from counted, (select count(id)::integer as gone, count(key)::integer as unknown from differing) as differences,
          (select count(*)::integer as renamed from renamed) as others
        offset 0
      ) as counts
    ),
    doomed as materialized (
      select t.id from ${table} as t
      where t.id in (select id from differing where id is not null)
        and (not (select refused from judged) or t.id in (select id from renamed))
      -- In the order in which a landing locks the rows of an instance, so that the two cannot deadlock.
      order by t.${keyColumn(job)} collate "C"
      for update
    ),
    marked as (
      update ${table} as t set deleted_at = now(), updated_at = now(), changed_xid = default
      from doomed as d where t.id = d.id and t.deleted_at is null
      returning t.id
    )`
}
