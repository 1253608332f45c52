import { ConfigurationError, type Database, DatabaseError, type Migration, type Session } from '@strata/core'
import { assertOwnSchema, hasOwnSchema } from './own-schema.ts'

/** A part of Strata that has tables in schema `strata`. */
export interface Component {
  readonly name: string
  readonly migrations: readonly Migration[]
}

/** `migrateAll` of one component. */
export function migrate(
  database: Database,
  component: string,
  migrations: readonly Migration[],
): Promise<void> {
  return migrateAll(database, [{ name: component, migrations }])
}

/**
 * Brings the tables of components in schema `strata` up to the last of their migrations, each in its transaction; one round trip where
 * there is nothing to do. Two processes that do it at once wait for each other. Throws `ConfigurationError` (`STATE_TOO_NEW`) when
 * the database has seen a newer version, and (`FOREIGN_STATE`) when the schema is somebody's whom we cannot trust, and
 * (`STATE_LOST`) when it has tables of a component whose versions are gone.
 */
export async function migrateAll(database: Database, components: readonly Component[]): Promise<void> {
  for (const { name, migrations } of components) {
    if (migrations.some(({ version }, index) => version !== index + 1))
      throw new Error(`the migrations of ${name} do not have the versions 1, 2, 3 … in order`)
  }
  // Without a lock: all is up to date nearly always.
  const applied = (await hasOwnSchema(database)) ? await readVersions(database) : new Map<string, number>()
  for (const { name, migrations } of components) {
    const known = migrations.length
    for (let version = applied.get(name) ?? 0; version !== known; ) {
      if (version > known) throw tooNew(name, version, known)
      version = await database.transaction((transaction) => applyNext(transaction, name, migrations))
    }
  }
}

/** Applies one migration, unless another process was quicker; returns the version that has been reached. */
async function applyNext(
  transaction: Session,
  component: string,
  migrations: readonly Migration[],
): Promise<number> {
  await transaction.query("select pg_advisory_xact_lock(pg_catalog.hashtextextended('strata:migrate', 0))")
  await ensureMigrationsTable(transaction)
  const applied = await readVersion(transaction, component)
  const next = migrations[applied]
  if (next === undefined) return applied
  try {
    for (const statement of next.statements) await transaction.query(statement)
  } catch (error) {
    if (applied === 0 && error instanceof DatabaseError && isThere.has(error.sqlstate ?? ''))
      throw versionsLost(component, error)
    throw error
  }
  await transaction.query({
    text: 'insert into strata.migrations (component, version, name) values ($1, $2, $3)',
    values: [component, next.version, next.name],
  })
  return next.version
}

/** IF NOT EXISTS asks for the right to make a schema also where there is one already, made by an administrator. */
async function ensureMigrationsTable(transaction: Session): Promise<void> {
  const { rows } = await transaction.query<{ schema: boolean; made: boolean }>(
    "select to_regnamespace('strata') is not null as schema, to_regclass('strata.migrations') is not null as made",
  )
  const { schema, made } = rows[0]!
  if (!schema) await transaction.query('create schema strata')
  else await assertOwnSchema(transaction)
  if (made) return
  await transaction.query(`create table strata.migrations (
    component text not null,
    version integer not null,
    name text not null,
    applied_at timestamptz not null default now(),
    primary key (component, version)
  )`)
}

async function readVersions(database: Database): Promise<ReadonlyMap<string, number>> {
  try {
    const { rows } = await database.query<{ component: string; version: number }>(
      'select component, max(version)::int as version from strata.migrations group by component',
    )
    return new Map(rows.map(({ component, version }) => [component, version]))
  } catch (error) {
    if (!(error instanceof DatabaseError) || !notThere.has(error.sqlstate ?? '')) throw error
    return new Map()
  }
}

/** undefined_table, invalid_schema_name */
const notThere = new Set(['42P01', '3F000'])

async function readVersion(session: Session, component: string): Promise<number> {
  const { rows } = await session.query<{ version: number }>({
    text: 'select coalesce(max(version), 0)::int as version from strata.migrations where component = $1',
    values: [component],
  })
  return rows[0]!.version
}

/** duplicate_table, duplicate_object, duplicate_function */
const isThere = new Set(['42P07', '42710', '42723'])

function versionsLost(component: string, cause: DatabaseError): ConfigurationError {
  return new ConfigurationError({
    code: 'STATE_LOST',
    message: `schema strata has tables of the ${component}, but strata.migrations does not say of which version`,
    hint: 'Somebody dropped or emptied that table. Restore schema strata from a backup; or drop it and the relations that Strata built, and run again.',
    cause,
  })
}

function tooNew(component: string, applied: number, known: number): ConfigurationError {
  return new ConfigurationError({
    code: 'STATE_TOO_NEW',
    message: `the database was used by a newer Strata: its ${component} tables are at version ${applied}, this one knows ${known}`,
    hint: 'Upgrade Strata on this machine, or use another database.',
  })
}
