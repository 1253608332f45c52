import {
  type Database,
  type Queryable,
  quoteRelation,
  type RelationName,
  type SessionOptions,
  StrataError,
} from '@strata/core'

/** What says when the newest row of a source came. SQL of the project's. */
export type LoadedAt =
  | { readonly kind: 'field'; readonly field: string; readonly filter: string | null }
  | { readonly kind: 'query'; readonly query: string }

export interface Measured {
  /** ISO 8601, UTC; null: there is no row that can be believed. */
  readonly maxLoadedAt: string | null
  /** Of the server, as all of it. */
  readonly measuredAt: string
  readonly ageSeconds: number | null
  /** Rows whose time is more than a day ahead: no row can have come then. */
  readonly leftOut: number
}

/**
 * How old the newest row of a source is. Times without a zone are in UTC. Changes nothing. Throws `DatabaseError`, and
 * `LOADED_IN_FUTURE` where a query yields such a time.
 */
export async function measureLoadedAt(
  database: Database,
  relation: RelationName,
  loadedAt: LoadedAt,
  options: SessionOptions,
): Promise<Measured> {
  return database.transaction(async (transaction) => {
    await transaction.query('set transaction read only')
    const newest = await ask(
      transaction,
      `select (${newestOf(relation, loadedAt)})::timestamptz as at, 0 as left_out`,
    )
    if (!newest.ahead) return newest.measured
    if (loadedAt.kind === 'query') throw inFuture(newest.measured)
    // Only now: the greatest value of all may be had from an index.
    return (await ask(transaction, newestBelievable(relation, loadedAt))).measured
  }, options)
}

interface Answered {
  readonly loaded: string | null
  readonly measured: string
  readonly age: number | null
  readonly ahead: boolean
  readonly left_out: number
}

async function ask(
  session: Queryable,
  loaded: string,
): Promise<{ readonly measured: Measured; readonly ahead: boolean }> {
  const { rows } = await session.query<Answered>(
    `select case when isfinite(loaded.at) then ${iso('loaded.at')} else nullif(loaded.at::text, '-infinity') end as loaded, ${iso('now.at')} as measured,
  case when isfinite(loaded.at) then extract(epoch from now.at - loaded.at)::float8 end as age,
  coalesce(loaded.at > now.at + ${believed}, false) as ahead, loaded.left_out::float8 as left_out
from (select clock_timestamp() as at) as now, (${loaded}) as loaded`,
  )
  const { loaded: maxLoadedAt, measured: measuredAt, age: ageSeconds, left_out: leftOut, ahead } = rows[0]!
  return { measured: { maxLoadedAt, measuredAt, ageSeconds, leftOut }, ahead }
}

/** Clocks differ, and so do the zones of times that have none. */
const believed = "interval '1 day'"

function newestBelievable(
  relation: RelationName,
  { field, filter }: Extract<LoadedAt, { kind: 'field' }>,
): string {
  const where = filter === null ? '' : `\nwhere ${filter}`
  return `select max(at) filter (where not ahead) as at, count(*) filter (where ahead) as left_out
from (
  select at, at > clock_timestamp() + ${believed} as ahead
  from (select (${field})::timestamptz as at from ${quoteRelation(relation)}${where}
  ) as rows
) as judged`
}

function inFuture({ maxLoadedAt }: Measured): StrataError {
  return new StrataError({
    code: 'LOADED_IN_FUTURE',
    message: `loaded_at_query yields ${maxLoadedAt}, which is more than a day ahead`,
    hint: 'Leave rows out of it whose time cannot be: where loaded_at <= now().',
  })
}

function newestOf(relation: RelationName, loadedAt: LoadedAt): string {
  if (loadedAt.kind === 'query') {
    const query = loadedAt.query.trim().replace(/;\s*$/, '')
    return `select * from (\n${query}\n) as loaded`
  }
  const where = loadedAt.filter === null ? '' : `\nwhere ${loadedAt.filter}`
  return `select max(${loadedAt.field}) from ${quoteRelation(relation)}${where}`
}

function iso(moment: string): string {
  return `to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
}
