import { type Database, quoteIdentifier } from '@strata/core'

/**
 * Creates a schema that is not there, and records that the target did. In a transaction of its own: inside that of a
 * long build, every other step that needs the schema would wait for its end.
 */
export async function ensureSchema(database: Database, key: string, schema: string): Promise<void> {
  const find = { text: 'select from pg_namespace where nspname = $1', values: [schema] }
  if ((await database.query(find)).rowCount > 0) return
  await database.transaction(async (transaction) => {
    // Two CREATE SCHEMA IF NOT EXISTS at once fail with a unique violation in the catalog.
    await transaction.query({
      text: 'select pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))',
      values: [`strata:schema:${schema}`],
    })
    if ((await transaction.query(find)).rowCount > 0) return
    await transaction.query(`create schema if not exists ${quoteIdentifier(schema)}`)
    await transaction.query({
      text: 'insert into strata.schemas (target, schema_name) values ($1, $2) on conflict do nothing',
      values: [key, schema],
    })
  })
}
