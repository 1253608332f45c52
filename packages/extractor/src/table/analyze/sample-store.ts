import type { Database, Queryable } from '@strata/core'
import sql from 'sql-template-tag'
import type { HashedRow, SourceClock } from './analyzed-server.ts'
import type { ColumnMisses, TimedSample } from './compare-samples.ts'

/** Whose samples they are. `job`: `source.table`. */
export interface SamplePlace {
  readonly landingSchema: string
  readonly job: string
  readonly instanceId: number
}

/** The rows as they were at an earlier time; null: there are none. */
export async function readSample(database: Queryable, place: SamplePlace): Promise<TimedSample | null> {
  const { rows } = await database.query<{
    key: string
    hash: string
    changes: HashedRow['changes']
    clock: SourceClock & { readonly complete?: boolean }
  }>(sql`
    select row_key as key, encode(row_hash, 'hex') as hash, changes, clock
    from strata.row_samples where ${ofPlace(place)}`)
  const [first] = rows
  if (first === undefined) return null
  const { utc, local, complete = false } = first.clock
  return {
    rows: rows.map(({ key, hash, changes }) => ({ key, hash, changes })),
    clock: { utc, local },
    complete,
  }
}

/** Puts a sample in the place of the former one, and adds what the comparison of the two found. Throws `DatabaseError`. */
export async function storeSample(
  database: Database,
  place: SamplePlace,
  sample: TimedSample,
  misses: readonly ColumnMisses[],
): Promise<void> {
  const { landingSchema, job, instanceId } = place
  const clock = JSON.stringify({ ...sample.clock, complete: sample.complete })
  const rows = JSON.stringify(sample.rows.map(({ key, hash, changes }) => ({ key, hash, changes })))
  const counted = JSON.stringify(misses.filter(({ changed }) => changed > 0))
  await database.transaction(
    async (transaction) => {
      await transaction.query(sql`delete from strata.row_samples where ${ofPlace(place)}`)
      await transaction.query(sql`
        insert into strata.row_samples (landing_schema, job, instance_id, taken_at, clock, row_key, row_hash, changes)
        select ${landingSchema}, ${job}, ${instanceId}::integer, now(), ${clock}::jsonb, key, decode(hash, 'hex'), changes
        from jsonb_to_recordset(${rows}::jsonb) as r(key text, hash text, changes jsonb)`)
      await transaction.query(sql`
        insert into strata.change_columns as c (landing_schema, job, instance_id, column_name, changed, missed)
        select ${landingSchema}, ${job}, ${instanceId}::integer, name, changed, missed
        from jsonb_to_recordset(${counted}::jsonb) as r(name text, changed bigint, missed bigint)
        on conflict (landing_schema, job, instance_id, column_name) do update
          set changed = c.changed + excluded.changed, missed = c.missed + excluded.missed, last_at = now()`)
    },
    { executesOnlyOurs: true },
  )
}

/** What all comparisons so far found, by column. */
export async function readMisses(database: Queryable, place: SamplePlace): Promise<readonly ColumnMisses[]> {
  const { rows } = await database.query<{ name: string; changed: string; missed: string }>(sql`
    select column_name as name, changed, missed from strata.change_columns where ${ofPlace(place)}
    order by missed::numeric / greatest(changed, 1), column_name`)
  return rows.map(({ name, changed, missed }) => ({ name, changed: Number(changed), missed: Number(missed) }))
}

function ofPlace({ landingSchema, job, instanceId }: SamplePlace) {
  return sql`landing_schema = ${landingSchema} and job = ${job} and instance_id = ${instanceId}::integer`
}
