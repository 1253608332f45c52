import type { Database, EndpointJob, Instance, StepContext } from '@strata/core'
import { displayRelation, formatCount } from '@strata/core'
import { jobIdentity } from '../job-identity.ts'
import { type Cycle, type CyclePlace, closeCycle, moveCycle, openCycle } from './cycle.ts'
import { createCycleMark } from './cycle-mark.ts'
import { describeLevels } from './cycle-slices.ts'
import { readSlices, refuseMissingParameters, type Slice } from './read-slices.ts'
import { refuseUnlandedParents } from './refuse-unlanded-parents.ts'

export interface SliceQueueOptions {
  readonly database: Database
  readonly job: EndpointJob
  readonly instance: Instance
  readonly context: StepContext
  readonly fullRefresh: boolean
  readonly window: { readonly since: string | null; readonly until: string | null } | null
  readonly applicationName: string
}

/** The slices that a run has to walk, for several workers at once. */
export interface SliceQueue {
  /** Of the pass, with those that an earlier run has done. */
  readonly slices: number
  readonly position: number
  readonly resumed: boolean
  /** Slices that are not asked for. */
  readonly unchanged: number
  /** Null: there are no more. */
  take(): Promise<Slice | null>
  /** The slice has been tried, well or not. */
  done(slice: Slice): Promise<void>
  /** Notes how far it came; a pass that has `ended` is over, any other is gone on with by the next run. */
  close(ended: boolean): Promise<void>
}

/** A crash costs at most so many slices, or those of so many milliseconds, a second walk. */
const storeEvery = { slices: 25, milliseconds: 1000 }

/** Throws `ConfigurationError`, `DatabaseError`. */
export async function openSliceQueue(options: SliceQueueOptions, runId: number): Promise<SliceQueue> {
  const { database, job, instance, context, fullRefresh, applicationName } = options
  refuseMissingParameters(job, instance)
  const { landingSchema } = context.target
  const backfill = options.window !== null
  const place: CyclePlace = { landingSchema, job, instanceId: instance.id, runId, backfill }
  const cycle =
    job.slices.length === 0
      ? null
      : await openCycle(database, place, {
          kind: kindOf(options),
          anew: fullRefresh,
          applicationName,
          signal: context.signal,
        })
  if (cycle !== null) await refuseUnlandedParents(database, { ...options, landingSchema, runId }, cycle)
  for (const message of cycle === null ? [] : notices(options, cycle))
    context.emit({ kind: 'notice', message })

  const slices = readSlices({ ...options, ...place, cycle })
  const start = cycle?.position ?? 0
  const mark = createCycleMark(start)
  let stored = start
  let storedAt = performance.now()

  async function store(): Promise<void> {
    const { position } = mark
    if (cycle === null || position <= stored) return
    stored = position
    storedAt = performance.now()
    await moveCycle(database, place, position)
  }

  return {
    slices: cycle?.slices ?? 1,
    position: start,
    resumed: cycle?.resumed ?? false,
    unchanged: cycle?.unchanged ?? 0,
    async take() {
      const next = await slices.next()
      if (next.done) return null
      mark.begin(next.value.position)
      return next.value
    },
    async done({ position }) {
      mark.end(position)
      const waited = performance.now() - storedAt
      if (mark.position - stored >= storeEvery.slices || waited >= storeEvery.milliseconds) await store()
    },
    async close(ended) {
      if (cycle === null) return
      if (ended) await closeCycle(database, place)
      else await store()
    },
  }
}

function kindOf({ fullRefresh, window }: SliceQueueOptions): string {
  if (window !== null) return `backfill ${window.since ?? ''} … ${window.until ?? ''}`
  return fullRefresh ? 'full refresh' : 'increment'
}

function notices({ job, instance }: SliceQueueOptions, cycle: Cycle): readonly string[] {
  const who = `${jobIdentity(job)} of instance ${instance.name}`
  if (cycle.resumed) {
    const left = formatCount(cycle.slices - cycle.position)
    return [`${who} goes on with ${left} of ${formatCount(cycle.slices)} slices: an earlier run was cut off`]
  }
  const levels = describeLevels(job)
  return cycle.levels.flatMap(({ without }, index) => {
    const { table, paths } = levels[index]!
    const records = `${formatCount(without)} ${without === 1 ? 'record' : 'records'} of ${displayRelation(table)}`
    return without > 0 ? [`${who}: ${records} without a value at ${paths} left out`] : []
  })
}
