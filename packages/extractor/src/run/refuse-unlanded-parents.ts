import type { EndpointJob, Instance, Queryable } from '@strata/core'
import { ConfigurationError, displayRelation, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'
import type { Cycle } from './cycle.ts'
import { describeLevels } from './cycle-slices.ts'

export interface UnlandedOptions {
  readonly landingSchema: string
  readonly job: EndpointJob
  readonly instance: Instance
  readonly runId: number
}

/**
 * A pass without slices is complete where the source has no parents, and not where nobody has landed them yet.
 * Throws `ConfigurationError` `SLICES_NOT_LANDED`.
 */
export async function refuseUnlandedParents(
  database: Queryable,
  { landingSchema, job, instance, runId }: UnlandedOptions,
  { slices, unchanged, resumed, levels }: Cycle,
): Promise<void> {
  if (resumed || slices + unchanged > 0) return
  const empty = describeLevels(job).flatMap(({ table }, index) =>
    levels[index]?.records === 0 ? [table] : [],
  )
  const tables = (name: string) => raw(quoteRelation({ schema: landingSchema, name }))
  const { rows } = await database.query<{ name: string }>(sql`
    select parent.target_table as name from ${tables('dw_etl_jobs')} as parent
    where parent.target_table = any (${empty.map(({ name }) => name)}::text[])
      and parent.id = any ((
        select j.depends_on from ${tables('dw_etl_runs')} r join ${tables('dw_etl_jobs')} j on j.id = r.job_id
        where r.run_id = ${runId}::integer)::integer[])
      and not exists (
        select from ${tables('dw_etl_runs')} as r
        where r.job_id = parent.id and r.run_status = 'success' and r.run_context is null)`)
  const missing = empty.find(({ name }) => rows.some((row) => row.name === name))
  if (missing === undefined) return
  throw new ConfigurationError({
    code: 'SLICES_NOT_LANDED',
    message: `nothing of instance ${instance.name} has landed in ${displayRelation(missing)} yet, which gives the slices of ${jobIdentity(job)}`,
    hint: `land what they are taken from: \`models extract --select +${jobIdentity(job)}\``,
  })
}
