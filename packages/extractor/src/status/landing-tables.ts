import { type Queryable, quoteLiteral, quoteRelation } from '@strata/core'

/** Whether anything has ever been declared to land in a schema of this database, by this version of Strata. */
export async function hasLanded(database: Queryable, landingSchema: string): Promise<boolean> {
  const exists = (relation: string) => `to_regclass(${quoteLiteral(relation)}) is not null`
  const table = (name: string) => exists(quoteRelation({ schema: landingSchema, name }))
  const { rows } = await database.query<{ there: boolean }>(
    `select ${['dw_etl_runs', 'dw_etl_jobs', 'dw_api_credentials'].map(table).join(' and ')}
      and to_regprocedure('strata.stored_instant(text, timestamptz)') is not null as there`,
  )
  return rows[0]!.there
}

/** SQL: the instant of a time in the tables of a landing schema, whose columns name no zone where they were taken over. */
export function instantOf(landingSchema: string, moment: string): string {
  return `strata.stored_instant(${quoteLiteral(landingSchema)}, ${moment})`
}

/** SQL: a moment as ISO 8601 text, UTC. */
export function isoText(moment: string): string {
  return `to_char((${moment})::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}
