import type { Database, EndpointJob, Instance } from '@strata/core'
import { ConfigurationError, SourceError } from '@strata/core'
import { jobIdentity, type SliceParameters, sliceIdentity } from '../job-identity.ts'
import { type Cycle, readCycleSlices } from './cycle.ts'
import { readSliceStates, type SliceState } from './slice-state.ts'

/** One walk that is to be made. */
export interface Slice {
  /** In its pass, from 1. */
  readonly position: number
  readonly parameters: SliceParameters
  /** From where; null: from the beginning. */
  readonly changedSince: string | null
  readonly state: Omit<SliceState, 'bound'>
  readonly parentsSeen: string | null
}

export interface ReadSlicesOptions {
  readonly database: Database
  readonly landingSchema: string
  readonly job: EndpointJob
  readonly instanceId: number
  readonly fullRefresh: boolean
  readonly backfill?: boolean
  /** Null: the job has no parameters, and one slice. */
  readonly cycle: Cycle | null
}

/**
 * The slices of a pass that are left, a batch at a time, each with its own lower bound: one that has never been landed
 * starts from the beginning (R13). Throws `SourceError` `RUN_SUPERSEDED` when another process has ended the pass.
 */
export async function* readSlices(options: ReadSlicesOptions): AsyncGenerator<Slice, void> {
  const { cycle, database, job } = options
  if (cycle === null) {
    yield* withStates(options, [{ position: 1, parameters: {} }])
    return
  }
  let after = cycle.position
  while (after < cycle.slices) {
    const batch = await readCycleSlices(database, options, after, batchSize)
    if (batch.length === 0) {
      throw new SourceError({
        code: 'RUN_SUPERSEDED',
        message: `another process took over ${jobIdentity(job)} of instance ${options.instanceId}`,
        hint: 'our connection that held the job was cut; what the other process lands is complete',
      })
    }
    yield* withStates(options, batch)
    after = batch.at(-1)!.position
  }
}

const batchSize = 500

/** One statement for all of them: with millions of slices the small questions add up. */
async function* withStates(
  { database, landingSchema, job, instanceId, fullRefresh, cycle }: ReadSlicesOptions,
  batch: readonly Pick<Slice, 'position' | 'parameters'>[],
): AsyncGenerator<Slice, void> {
  const identities = batch.map(({ parameters }) => sliceIdentity(parameters))
  const states = await readSliceStates(database, landingSchema, job, instanceId, identities)
  for (const [index, slice] of batch.entries()) {
    const { bound, ...state } = states.get(identities[index]!) ?? unwalked
    yield {
      ...slice,
      changedSince: fullRefresh ? null : bound,
      state,
      parentsSeen: cycle?.parentsSeen ?? null,
    }
  }
}

const unwalked: SliceState = { bound: null, checkpoint: null, hasSeen: false }

/** Throws `ConfigurationError` when neither the job nor the instance says where a parameter comes from. */
export function refuseMissingParameters(job: EndpointJob, { name, parameters }: Instance): void {
  const wanted = [...job.endpoint.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1]!)
  const missing = wanted.filter(
    (place) => !(place in parameters) && !job.slices.some(({ parameter }) => parameter === place),
  )
  if (missing.length === 0) return
  throw new ConfigurationError({
    code: 'JOB_PARAMETERS_MISSING',
    message: `${jobIdentity(job)} does not say where ${missing.map((place) => `{${place}}`).join(' and ')} of ${job.endpoint} comes from`,
    hint: `declare it under slices: of the job, with the landed table and the path in its records; or under parameters: of instance ${name}`,
  })
}
