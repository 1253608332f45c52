import type { Database, Job } from '@strata/core'
import { ConfigurationError, displayRelation, quoteRelation } from '@strata/core'
import sql, { join, raw } from 'sql-template-tag'
import { fieldText, jobIdentity, type SliceParameters, sliceIdentity } from '../job-identity.ts'
import { readLowerBounds } from './slice-state.ts'

/** One walk that is to be made. */
export interface Slice {
  readonly parameters: SliceParameters
  /** From where; null: from the beginning. */
  readonly changedSince: string | null
}

export interface ReadSlicesOptions {
  readonly database: Database
  readonly landingSchema: string
  readonly job: Job
  readonly instanceId: number
  readonly fullRefresh: boolean
}

/**
 * The slices of a job, a batch at a time: the distinct parameter values in the records that the parent's job has landed
 * for this instance, by keyset in their own order. A job without parameters has one slice.
 * Throws `ConfigurationError` when the job does not say where its parameters come from.
 */
export async function* readSlices(options: ReadSlicesOptions): AsyncGenerator<Slice, void> {
  const { job } = options
  refuseMissingParameters(job)
  if (job.slices.length === 0) {
    yield* withBounds(options, [{}])
    return
  }
  let after: SliceParameters | null = null
  for (;;) {
    const batch: readonly SliceParameters[] = await readBatch(options, after)
    if (batch.length === 0) return
    yield* withBounds(options, batch)
    after = batch.at(-1)!
  }
}

const batchSize = 500

async function readBatch(
  { database, job, instanceId }: ReadSlicesOptions,
  after: SliceParameters | null,
): Promise<readonly SliceParameters[]> {
  const [first] = job.slices
  const table = raw(quoteRelation(first!.from))
  const values = job.slices.map(({ path }) => raw(fieldText('t.data', path)))
  const present = values.map((value) => sql`${value} is not null`)
  const beyond =
    after === null
      ? raw('true')
      : sql`(${join(values)}) > (${join(job.slices.map(({ parameter }) => sql`${after[parameter]}::text`))})`
  const { rows } = await database.query<{ values: readonly string[] }>(sql`
    select array[${join(values)}] as values from ${table} t
    where t.source_instance_id = ${instanceId} and t.deleted_at is null and ${join(present, ' and ')} and ${beyond}
    group by ${join(values)} order by ${join(values)} limit ${batchSize}`)
  return rows.map((row) =>
    Object.fromEntries(job.slices.map(({ parameter }, index) => [parameter, row.values[index]!])),
  )
}

async function* withBounds(
  { database, landingSchema, job, instanceId, fullRefresh }: ReadSlicesOptions,
  batch: readonly SliceParameters[],
): AsyncGenerator<Slice, void> {
  const bounds = fullRefresh
    ? new Map<string, string>()
    : await readLowerBounds(database, landingSchema, job, instanceId, batch.map(sliceIdentity))
  for (const parameters of batch) {
    yield { parameters, changedSince: bounds.get(sliceIdentity(parameters)) ?? null }
  }
}

function refuseMissingParameters(job: Job): void {
  const wanted = [...job.endpoint.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1])
  const missing = wanted.filter((name) => !job.slices.some(({ parameter }) => parameter === name))
  if (missing.length > 0) {
    throw new ConfigurationError({
      code: 'JOB_PARAMETERS_MISSING',
      message: `${jobIdentity(job)} does not say where ${missing.map((name) => `{${name}}`).join(' and ')} of ${job.endpoint} comes from`,
      hint: 'declare it under slices: of the job, with the landed table and the path in its records',
    })
  }
  // Values of two tables belong together by some rule (`visits.data->'study'->>'id'`); the child's table alone holds
  // both of them, so one table is enough until an endpoint shows otherwise.
  const tables = new Set(job.slices.map(({ from }) => displayRelation(from)))
  if (tables.size > 1) {
    throw new ConfigurationError({
      code: 'SLICES_FROM_SEVERAL_TABLES',
      message: `${jobIdentity(job)} takes its parameters from several tables: ${[...tables].join(', ')}`,
      hint: 'take all of them from the innermost one, whose records name their parents',
    })
  }
}
