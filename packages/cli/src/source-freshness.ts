import type { LateRenderer } from '@strata/compiler'
import {
  type Clock,
  type Database,
  type FreshnessCriteria,
  type FreshnessResult,
  freshnessCriteria,
  type JobNode,
  judgeFreshness,
  type NodeId,
  type SourceNode,
  StrataError,
} from '@strata/core'
import { readLastWalk } from '@strata/extractor'
import { askOn, measureLoadedAt } from '@strata/runner'

export interface FreshnessOptions {
  readonly database: Database
  readonly landingSchema: string
  readonly jobs: ReadonlyMap<NodeId, JobNode>
  readonly late: LateRenderer
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The sources of those that have limits, in the order given. */
export function withLimits(sources: readonly SourceNode[]): readonly SourceNode[] {
  return sources.filter((source) => freshnessCriteria(source.freshness) !== null)
}

/** How fresh one source is. What goes wrong is in the result. */
export async function freshnessOf(source: SourceNode, options: FreshnessOptions): Promise<FreshnessResult> {
  const criteria = freshnessCriteria(source.freshness)!
  const startedAt = options.clock().toISOString()
  const base = { id: source.id, name: source.name, criteria, startedAt }
  try {
    const { by, maxLoadedAt, measuredAt, ageSeconds, leftOut } = await measure(source, criteria, options)
    return {
      ...base,
      by,
      leftOut,
      // As dbt has it: what was never loaded was loaded in the year 1.
      maxLoadedAt: maxLoadedAt ?? '0001-01-01T00:00:00Z',
      measuredAt,
      ageSeconds: ageSeconds ?? (Date.parse(measuredAt) - Date.parse('0001-01-01T00:00:00Z')) / 1000,
      status: judgeFreshness(criteria, ageSeconds ?? Number.POSITIVE_INFINITY),
      finishedAt: options.clock().toISOString(),
      error: null,
    }
  } catch (error) {
    if (!(error instanceof StrataError) || options.signal.aborted) throw error
    const { message, hint } = error
    return {
      ...base,
      by: '',
      status: 'runtime error',
      maxLoadedAt: null,
      measuredAt: startedAt,
      ageSeconds: null,
      leftOut: 0,
      finishedAt: options.clock().toISOString(),
      error: { message, ...(hint === undefined ? {} : { hint }) },
    }
  }
}

interface Found {
  readonly by: string
  readonly maxLoadedAt: string | null
  readonly measuredAt: string
  readonly ageSeconds: number | null
  readonly leftOut: number
}

/** A job knows when it last read all there was; the newest row of a quiet source may be old. */
async function measure(
  source: SourceNode,
  criteria: FreshnessCriteria,
  options: FreshnessOptions,
): Promise<Found> {
  const job = source.parents.map((id) => options.jobs.get(id)).find((one) => one !== undefined)
  if (job?.job.active === true) return lastWalk(job, options)
  const { database, signal } = options
  const session = { applicationName: `strata freshness ${source.name}`, signal }
  const { loadedAtField, loadedAtQuery, relation } = source
  if (loadedAtQuery !== undefined) {
    const query = await renderQuery(source, loadedAtQuery, options)
    const found = await measureLoadedAt(database, relation, { kind: 'query', query }, session)
    return { by: 'loaded_at_query', ...found }
  }
  if (loadedAtField !== null) {
    const loadedAt = { kind: 'field', field: loadedAtField, filter: criteria.filter } as const
    return { by: loadedAtField, ...(await measureLoadedAt(database, relation, loadedAt, session)) }
  }
  throw new StrataError({
    code: 'NO_LOADED_AT',
    message: `nothing says when the rows of ${source.name} came`,
    hint: 'Name the column with loaded_at_field, or ask for the time with loaded_at_query.',
  })
}

async function lastWalk({ name, job, connector }: JobNode, options: FreshnessOptions): Promise<Found> {
  const ids = connector.instances.map(({ id }) => id)
  const walk = await readLastWalk(options.database, options.landingSchema, job, ids)
  if (walk.instances === 0)
    throw new StrataError({
      code: 'JOB_SWITCHED_OFF',
      message: `every instance of the job ${name} is switched off in dw_etl_jobs`,
      hint: 'Switch one on, or say freshness: null for the table.',
    })
  return {
    by: job.kind === 'endpoint' ? 'last complete walk' : 'last complete load',
    maxLoadedAt: walk.at,
    measuredAt: walk.measuredAt,
    ageSeconds: walk.ageSeconds,
    leftOut: 0,
  }
}

/** In it `this` is the source. */
function renderQuery(
  { sourceName, name }: SourceNode,
  query: string,
  { database, late }: FreshnessOptions,
): Promise<string> {
  const table = name.slice(sourceName.length + 1)
  const own = `{%- set this = source(${JSON.stringify(sourceName)}, ${JSON.stringify(table)}) -%}`
  return late.text(`${own}${query}`, askOn(database))
}
