import { type Queryable, quoteLiteral, quoteRelation } from '@strata/core'

/** Whether anything has ever been declared to land in a schema of this database, by this version of Strata. */
export async function hasLanded(database: Queryable, landingSchema: string): Promise<boolean> {
  const exists = (relation: string) => `to_regclass(${quoteLiteral(relation)}) is not null`
  const table = (name: string) => exists(quoteRelation({ schema: landingSchema, name }))
  const { rows } = await database.query<{ there: boolean }>(
    `select ${['dw_etl_runs', 'dw_etl_jobs', 'dw_api_credentials'].map(table).join(' and ')}
      and ${exists('strata.job_watermarks')} and ${exists('strata.job_runs')} as there`,
  )
  return rows[0]!.there
}

/** SQL: a moment as ISO 8601 text, UTC. The column may be one without a zone, of a table that was taken over. */
export function isoText(moment: string): string {
  return `to_char((${moment})::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}
