import { createHash } from 'node:crypto'
import type { Connector, Database, Instance, Job, Queryable } from '@strata/core'
import { ConfigurationError, quoteIdentifier } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { etlViews } from './etl-view-queries.ts'
import { countMissingEtlViews, ensureEtlViews, wantsEtlViews } from './etl-views.ts'
import { jobTables, type TableDefinition } from './job-tables.ts'
import { moveKeys } from './move-keys.ts'
import { refuseOldTables } from './refuse-old-tables.ts'
import { registerInstances } from './register-instances.ts'
import { registerJobs } from './register-jobs.ts'
import { stagingTableStatements } from './staging-table.ts'

export interface LandingDeclaration {
  readonly landingSchema: string
  readonly connectors: readonly Connector[]
  readonly jobs: readonly Job[]
  /** The resolved instances of a source, the first one first: it holds the known job ids. */
  readonly instancesOf: (source: string) => readonly Instance[]
}

/**
 * Creates what jobs land in: the landing schema, the instance, job and run tables, a bronze table per job, the rows
 * that declare instances and jobs, and, where tables of databases are landed, the views that people's queries know. A table whose job has another key
 * now is made ready for that. Idempotent, safe
 * when several processes do it at once; when all is there it costs one query and writes nothing. The component's migrations
 * must have been applied.
 *
 * Throws `ConfigurationError`: `MIXED_SIMULATED`, `DUPLICATE_INSTANCE`, `OLD_LANDING`.
 */
export async function ensureLanding(database: Database, declaration: LandingDeclaration): Promise<void> {
  const sources = declaration.connectors.map((connector) => connector.source)
  const instances = sources.flatMap((source) =>
    declaration.instancesOf(source).map((instance) => ({ source, instance })),
  )
  refuseDuplicates(instances.map(({ instance }) => instance))
  const simulated = instances.some(({ instance }) => instance.simulated)
  if (instances.some(({ instance }) => instance.simulated !== simulated)) throw mixedSimulated()

  const tables = declaredTables(declaration)
  const fingerprint = fingerprintOf(declaration, instances)
  const withViews = wantsEtlViews(declaration.jobs)
  if (await isEnsured(database, declaration.landingSchema, tables, withViews, fingerprint)) return

  await database.transaction(async (transaction) => {
    await transaction.query(
      sql`select pg_advisory_xact_lock(pg_catalog.hashtextextended('strata:landing', 0))`,
    )
    if (instances.length > 0) await refuseMixing(transaction, simulated)
    await moveKeys(transaction, declaration)
    await refuseOldTables(transaction, declaration)
    await createTables(transaction, declaration.landingSchema, tables)
    await registerInstances(transaction, declaration.landingSchema, instances)
    await registerJobs(transaction, declaration)
    if (withViews) await ensureEtlViews(transaction, declaration.landingSchema)
    await transaction.query(sql`
      insert into strata.landings (landing_schema, fingerprint, simulated)
      values (${declaration.landingSchema}, ${fingerprint}, ${simulated})
      on conflict (landing_schema) do update
      set fingerprint = excluded.fingerprint, simulated = excluded.simulated, ensured_at = now()`)
  })
}

export interface QualifiedTable extends TableDefinition {
  readonly schema: string
}

export function declaredTables({
  jobs,
  landingSchema,
}: Pick<LandingDeclaration, 'jobs' | 'landingSchema'>): readonly QualifiedTable[] {
  const staging = new Map<string, QualifiedTable>()
  for (const job of jobs) {
    const statements = stagingTableStatements(job, landingSchema)
    staging.set(`${job.target.schema}.${job.target.name}`, { ...job.target, statements })
  }
  return [
    ...jobTables(landingSchema).map((table) => ({ ...table, schema: landingSchema })),
    ...staging.values(),
  ]
}

function fingerprintOf(
  { jobs, connectors, landingSchema }: LandingDeclaration,
  instances: readonly { readonly source: string; readonly instance: Instance }[],
): string {
  // Secrets must not reach the database, not even hashed.
  const known = instances.map(({ source, instance: { credentials: _, ...rest } }) => ({ source, ...rest }))
  return createHash('md5')
    .update(
      JSON.stringify([jobs, connectors, known, ...(wantsEtlViews(jobs) ? etlViews(landingSchema) : [])]),
    )
    .digest('hex')
}

async function isEnsured(
  database: Queryable,
  landingSchema: string,
  tables: readonly QualifiedTable[],
  withViews: boolean,
  fingerprint: string,
): Promise<boolean> {
  const { rows } = await database.query<{ missing: number; declared: boolean }>(sql`
    select
      (select count(*)::int from ${missingTables(tables)} as missing)
        + ${withViews ? countMissingEtlViews() : raw('0')} as missing,
      exists (select from strata.landings
              where landing_schema = ${landingSchema} and fingerprint = ${fingerprint}) as declared`)
  return rows[0]?.missing === 0 && rows[0].declared
}

export async function createTables(
  transaction: Queryable,
  landingSchema: string,
  tables: readonly QualifiedTable[],
): Promise<void> {
  const schemas = new Set([landingSchema, ...tables.map((table) => table.schema)])
  const present = await transaction.query<{ name: string }>(
    sql`select nspname as name from pg_catalog.pg_namespace where nspname = any(${[...schemas]}::text[])`,
  )
  for (const { name } of present.rows) schemas.delete(name)
  for (const schema of schemas)
    await transaction.query(`create schema if not exists ${quoteIdentifier(schema)}`)

  const { rows } = await transaction.query<{ position: number }>(
    sql`select position::int from ${missingTables(tables)} as missing order by position`,
  )
  for (const { position } of rows) {
    for (const statement of tables[position - 1]?.statements ?? []) await transaction.query(statement)
  }
}

/** A derived table of the 1-based positions of those tables that the database does not have. */
export function missingTables(tables: readonly QualifiedTable[]) {
  return sql`(
    select position
    from unnest(${tables.map((table) => table.schema)}::text[], ${tables.map((table) => table.name)}::text[])
      with ordinality as declared (schema_name, table_name, position)
    where not exists (
      select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = schema_name and c.relname = table_name))`
}

function refuseDuplicates(instances: readonly Instance[]): void {
  const seen = new Map<number, string>()
  for (const { id, name } of instances) {
    const other = seen.get(id)
    if (other !== undefined) {
      throw new ConfigurationError({
        code: 'DUPLICATE_INSTANCE',
        message: `the instances ${other} and ${name} have the same id ${id}`,
        hint: 'give every instance an id of its own, over all sources: bronze rows are told apart by it',
      })
    }
    seen.set(id, name)
  }
}

async function refuseMixing(transaction: Queryable, simulated: boolean): Promise<void> {
  const { rows } = await transaction.query(
    sql`select landing_schema from strata.landings where simulated <> ${simulated} limit 1`,
  )
  if (rows.length > 0) throw mixedSimulated(simulated)
}

function mixedSimulated(simulated?: boolean): ConfigurationError {
  return new ConfigurationError({
    code: 'MIXED_SIMULATED',
    message:
      simulated === undefined
        ? 'some of the configured instances are simulated and some are real'
        : simulated
          ? 'this database holds records of real instances: the simulator does not land in it'
          : 'this database holds simulated records: a real instance does not land in it',
    hint: 'use a database of its own for simulated records: set DATABASE_URL to another one for the real ones, or unset it for the embedded one; `models db reset --yes` empties that one',
  })
}
