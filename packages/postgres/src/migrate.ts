import { ConfigurationError, type Database, type Migration } from '@strata/core'

/**
 * Brings the tables of one component in schema `strata` up to the last of its migrations. Two processes that do it at
 * once wait for each other. Throws `ConfigurationError` (`STATE_TOO_NEW`) when the database has seen a newer version.
 */
export async function migrate(
  database: Database,
  component: string,
  migrations: readonly Migration[],
): Promise<void> {
  const newest = migrations.at(-1)?.version ?? 0
  if ((await appliedVersion(database, component)) === newest) return
  await database.transaction(async (transaction) => {
    await transaction.query("select pg_advisory_xact_lock(hashtextextended('strata:migrate', 0))")
    await transaction.query('create schema if not exists strata')
    await transaction.query(`create table if not exists strata.migrations (
      component text not null,
      version integer not null,
      name text not null,
      applied_at timestamptz not null default now(),
      primary key (component, version)
    )`)
    const { rows } = await transaction.query<{ version: number }>({
      text: 'select coalesce(max(version), 0)::int as version from strata.migrations where component = $1',
      values: [component],
    })
    const applied = rows[0]!.version
    if (applied > newest) throw tooNew(component, applied, newest)
    for (const migration of migrations) {
      if (migration.version <= applied) continue
      for (const statement of migration.statements) await transaction.query(statement)
      await transaction.query({
        text: 'insert into strata.migrations (component, version, name) values ($1, $2, $3)',
        values: [component, migration.version, migration.name],
      })
    }
  })
}

/** One round trip when all is up to date, and no lock. */
async function appliedVersion(database: Database, component: string): Promise<number> {
  const { rows: found } = await database.query<{ there: boolean }>(
    "select to_regclass('strata.migrations') is not null as there",
  )
  if (!found[0]!.there) return 0
  const { rows } = await database.query<{ version: number }>({
    text: 'select coalesce(max(version), 0)::int as version from strata.migrations where component = $1',
    values: [component],
  })
  return rows[0]!.version
}

function tooNew(component: string, applied: number, known: number): ConfigurationError {
  return new ConfigurationError({
    code: 'STATE_TOO_NEW',
    message: `the database was used by a newer Strata: its ${component} tables are at version ${applied}, this one knows ${known}`,
    hint: 'Upgrade Strata on this machine, or use another database.',
  })
}
