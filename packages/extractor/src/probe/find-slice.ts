import type { Database, EndpointJob, RelationName } from '@strata/core'
import { quoteLiteral, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { jobIdentity, type SliceParameters } from '../job-identity.ts'
import { slicesQuery } from '../run/cycle-slices.ts'

export interface SlicePlace {
  readonly landingSchema: string
  readonly job: EndpointJob
  readonly instanceId: number
}

/** Parent records whose children are gone or empty are passed over so often. */
const candidates = 3

/**
 * Slices to try an endpoint with: the one that brought the most records, else the first of those that have landed in the
 * tables they are taken from; `[{}]` for a job without slices, none where nothing has landed yet.
 */
export async function findSlices(database: Database, place: SlicePlace): Promise<readonly SliceParameters[]> {
  const { landingSchema, job, instanceId } = place
  if (job.slices.length === 0) return [{}]
  if (await isThere(database, 'strata.job_watermarks')) {
    const { rows } = await database.query<{ slice: string }>(sql`
      select slice from strata.job_watermarks
      where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instanceId}::integer
        and status = 'complete' and records_received > 0
      order by records_received desc, slice limit 1`)
    const slice = rows[0] === undefined ? null : (JSON.parse(rows[0].slice) as SliceParameters)
    if (slice !== null && job.slices.every(({ parameter }) => parameter in slice)) return [slice]
  }
  for (const { from } of job.slices) if (!(await isThere(database, quoteRelation(from)))) return []
  const { rows } = await database.query<{ parameters: SliceParameters }>(
    sql`select parameters from (${slicesQuery(job, instanceId)}) as s order by position limit ${candidates}`,
  )
  return rows.map(({ parameters }) => parameters)
}

/** Those of the tables that its slices are taken from that hold no record of the instance. */
export async function findEmptyParents(
  database: Database,
  { job, instanceId }: SlicePlace,
): Promise<readonly RelationName[]> {
  const tables = new Map(job.slices.map(({ from }) => [quoteRelation(from), from]))
  const empty: RelationName[] = []
  for (const [name, table] of tables) {
    if (await isThere(database, name)) {
      const { rows } = await database.query<{ found: boolean }>(sql`
        select exists (
          select from ${raw(name)} where source_instance_id = ${instanceId}::integer and deleted_at is null
        ) as found`)
      if (rows[0]!.found) continue
    }
    empty.push(table)
  }
  return empty
}

async function isThere(database: Database, table: string): Promise<boolean> {
  const { rows } = await database.query<{ there: boolean }>(
    sql`select to_regclass(${raw(quoteLiteral(table))}) is not null as there`,
  )
  return rows[0]!.there
}
