import { type Database, DatabaseError, type Job } from '@strata/core'
import sql from 'sql-template-tag'
import { createTables, declaredTables, missingTables } from './ensure-landing.ts'

/**
 * Creates, empty, those bronze tables of jobs that are not there, with all of their columns and indexes: what reads a job that
 * does not land finds no rows, and not no table. A table that is there is left as it is, whoever made it. One query where
 * nothing is missing.
 */
export async function ensureTables(
  database: Database,
  declaration: { readonly landingSchema: string; readonly jobs: readonly Job[] },
): Promise<void> {
  if (declaration.jobs.length === 0) return
  const tables = declaredTables(declaration)
  const targets = new Set(declaration.jobs.map(({ target }) => target.name))
  const staging = tables.filter(({ name }) => targets.has(name))
  const { rows } = await database.query<{ missing: number }>(
    sql`select count(*)::int as missing from ${missingTables(staging)} as missing`,
  )
  if (rows[0]!.missing === 0) return
  try {
    await database.transaction(async (transaction) => {
      await transaction.query(
        sql`select pg_advisory_xact_lock(pg_catalog.hashtextextended('strata:landing', 0))`,
      )
      await createTables(transaction, declaration.landingSchema, tables)
    })
  } catch (error) {
    // Who may not create there, as in a target of one's own, has that told by the one step that misses the table.
    if (!(error instanceof DatabaseError && error.sqlstate === '42501')) throw error
  }
}
