import type { Database, EndpointJob, Instance, Job } from '@strata/core'
import { isKeyedById, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import type { InstanceClient } from '../http/instance-client.ts'
import { jobIdentity, type SliceParameters } from '../job-identity.ts'
import { letterKey } from '../landing/letter-key.ts'
import { askAgain } from '../replay/ask-again.ts'
import { landRecords } from '../replay/land-letters.ts'
import { instantOf } from '../status/landing-tables.ts'
import type { JobRun } from './job-run.ts'
import { addTallies, emptyTally, type Tally } from './tally.ts'

export interface LettersOptions {
  readonly database: Database
  readonly client: InstanceClient
  readonly landingSchema: string
  readonly job: EndpointJob
  readonly instance: Instance
  readonly applicationName: string
  readonly signal: AbortSignal
}

export interface LettersOfJob {
  readonly database: Database
  readonly landingSchema: string
  readonly job: Job
  readonly instance: Instance
}

/** Dead letters of a job and instance that nothing has come of yet. */
export interface OpenLetters {
  /** Records that could not be read at all. */
  readonly unreadable: number
  /** Records that were read and could not be landed. */
  readonly refused: number
}

const mostRetried = 200

/** Asks once more for what earlier runs could not read. What comes is landed, and its letter resolved. */
export async function retryUnreadable(options: LettersOptions, run: JobRun): Promise<Tally> {
  const { database, client, landingSchema, job, instance, signal, applicationName } = options
  const { rows } = await database.query<{ id: string; slice: string; request: unknown }>(sql`
    select id::text as id, slice, request from strata.dead_letters
    where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instance.id}::integer
      and reason = 'unreadable' and resolved_at is null and run_id is distinct from ${run.runId}::integer
    order by id limit ${mostRetried}`)
  let tally = emptyTally
  for (const { id, slice, request } of rows) {
    const place = {
      job,
      landingSchema,
      instanceId: instance.id,
      parameters: JSON.parse(slice) as SliceParameters,
      ...run,
    }
    await askAgain({ instance, client }, request, job, signal, async (answer) => {
      const landed = await landRecords(database, { ...answer, place, letters: [id], applicationName, signal })
      if (landed !== null) {
        const { received, inserted, changed, quarantined } = landed
        const unchanged = received - inserted - changed - quarantined
        tally = addTallies(tally, { fetched: received, inserted, changed, unchanged, quarantined })
      }
      return landed
    })
  }
  return tally
}

/** Resolves the letters of records that have landed since. */
export async function resolveLanded({ database, landingSchema, job, instance }: LettersOfJob): Promise<void> {
  const key = isKeyedById(job) ? "t.data->>'id'" : 't.record_key'
  await database.query(sql`
    update strata.dead_letters as l set resolved_at = now(), resolution = 'superseded'
    where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instance.id}::integer
      and reason = 'unstorable_text' and resolved_at is null
      and exists (
        select from ${raw(quoteRelation(job.target))} as t
        where t.source_instance_id = ${instance.id}::integer and ${raw(key)} = (${raw(letterKey(job))})
          and ${raw(instantOf(landingSchema, 't.loaded_at'))} > l.created_at)`)
}

export async function countOpenLetters({
  database,
  landingSchema,
  job,
  instance,
}: LettersOfJob): Promise<OpenLetters> {
  const { rows } = await database.query<OpenLetters>(sql`
    select count(*) filter (where reason = 'unreadable')::int as unreadable,
      count(*) filter (where reason in ('no_key', 'unstorable_text'))::int as refused
    from strata.dead_letters
    where landing_schema = ${landingSchema} and job = ${jobIdentity(job)} and instance_id = ${instance.id}::integer
      and resolved_at is null`)
  return rows[0]!
}
