import { type Database, quoteRelation, type RelationName, type SessionOptions } from '@strata/core'

/** What says when the newest row of a source came. SQL of the project's. */
export type LoadedAt =
  | { readonly kind: 'field'; readonly field: string; readonly filter: string | null }
  | { readonly kind: 'query'; readonly query: string }

export interface Measured {
  /** ISO 8601, UTC; null: there is no row. */
  readonly maxLoadedAt: string | null
  /** Of the server, as all of it. */
  readonly measuredAt: string
  readonly ageSeconds: number | null
}

/** How old the newest row of a source is. Times without a zone are in UTC. Throws `DatabaseError`. Changes nothing. */
export async function measureLoadedAt(
  database: Database,
  relation: RelationName,
  loadedAt: LoadedAt,
  options: SessionOptions,
): Promise<Measured> {
  return database.transaction(async (transaction) => {
    await transaction.query('set transaction read only')
    const { rows } = await transaction.query<{ loaded: string | null; measured: string; age: number | null }>(
      `select ${iso('loaded.at')} as loaded, ${iso('now.at')} as measured,
  extract(epoch from now.at - loaded.at)::float8 as age
from (select clock_timestamp() as at) as now,
  (select (${newest(relation, loadedAt)})::timestamptz as at) as loaded`,
    )
    const { loaded, measured, age } = rows[0]!
    return { maxLoadedAt: loaded, measuredAt: measured, ageSeconds: age }
  }, options)
}

function newest(relation: RelationName, loadedAt: LoadedAt): string {
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
