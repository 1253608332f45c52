import {
  type ApiConnector,
  type EndpointJob,
  type Instance,
  SourceError,
  type StrataError,
} from '@strata/core'
import type { InstanceClient } from '../http/instance-client.ts'
import type { EndpointFacts } from '../probe/endpoint-facts.ts'
import { openKnowledge } from './endpoint-knowledge.ts'
import type { JobRun } from './job-run.ts'
import type { InstanceOutcome, LandInstanceOptions } from './land-instance.ts'
import { countOpenLetters, resolveLanded, retryUnreadable } from './open-letters.ts'
import { hasLanded, hasRows } from './slice-state.ts'
import { addTallies, emptyTally } from './tally.ts'
import { walkSlices } from './walk-slices.ts'

export interface LandEndpointOptions extends LandInstanceOptions {
  readonly job: EndpointJob
  readonly connector: ApiConnector
  readonly client: InstanceClient
}

/** Walks all slices of an endpoint of one instance, and asks once more for what earlier runs could not read. */
export async function landEndpoint(options: LandEndpointOptions, run: JobRun): Promise<InstanceOutcome> {
  const { database, job, instance, context } = options
  const { landingSchema } = context.target
  const knowledge = await openKnowledge({ ...options, landingSchema })
  const { clock } = context
  const walked = await walkSlices(
    {
      ...options,
      job: withKnownCursor(job, knowledge.facts()),
      knowledge,
      clock,
      remembersSeen: await hasRows(database, job, instance.id),
    },
    run,
  )
  const letters = { ...options, landingSchema, signal: context.signal }
  const retried = walked.status === 'unsupported' ? emptyTally : await retryUnreadable(letters, run)
  await resolveLanded(letters)
  const open = await countOpenLetters(letters)
  const tally = addTallies(walked.tally, retried)
  return await judged(options, { ...walked, tally, open })
}

/** The change column that was found where the declared one is not there. */
function withKnownCursor(job: EndpointJob, { cursorField }: EndpointFacts): EndpointJob {
  return job.cursor === null || !cursorField ? job : { ...job, cursor: { ...job.cursor, field: cursorField } }
}

/** What is missing makes a run fail, also where each walk came to its end. */
async function judged(options: LandEndpointOptions, outcome: InstanceOutcome): Promise<InstanceOutcome> {
  const { database, job, instance, context } = options
  const { unreadable } = outcome.open
  if (outcome.status === 'success' && unreadable > 0)
    return { ...outcome, status: 'failed', error: unreadableRecords(job, instance, unreadable) }
  if (outcome.status !== 'unsupported' || outcome.error === null) return outcome
  const landedBefore = await hasLanded(database, context.target.landingSchema, job, instance.id)
  return landedBefore ? { ...outcome, status: 'failed', error: vanished(job, outcome.error) } : outcome
}

function unreadableRecords({ source, table }: EndpointJob, instance: Instance, records: number): SourceError {
  return new SourceError({
    code: 'SOURCE_UNREADABLE_RECORDS',
    message: `${source}.${table} instance ${instance.name}: ${records} ${records === 1 ? 'record' : 'records'} cannot be read; all others have landed`,
    hint: `how to ask for them is kept in strata.dead_letters: \`models source replay ${source}.${table}\` tries again`,
  })
}

/** A wrong address is a fault, not an edition of the API, where there were records before. */
function vanished(job: EndpointJob, cause: StrataError): SourceError {
  return new SourceError({
    code: 'SOURCE_VANISHED',
    message: `${cause.message}, though it has landed records before`,
    hint: `check the base URL; where the endpoint was really taken away, declare ${job.source}.${job.table} inactive (active: false, with a reason)`,
    cause,
  })
}
