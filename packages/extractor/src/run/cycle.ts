import { createHash } from 'node:crypto'
import type { Database, EndpointJob, Queryable, SessionOptions } from '@strata/core'
import { ConfigurationError, formatCount, quoteRelation } from '@strata/core'
import sql, { raw, type Sql } from 'sql-template-tag'
import { followsParents, jobIdentity, type SliceParameters } from '../job-identity.ts'
import {
  countSlicesQuery,
  isProduct,
  type LevelCount,
  levelCountsQuery,
  slicesQuery,
} from './cycle-slices.ts'
import { dueSlicesQuery, lookAtParents, type ParentChanges } from './parent-changes.ts'

/** Whose pass it is, and the run that makes it. */
export interface CyclePlace {
  readonly landingSchema: string
  readonly job: EndpointJob
  readonly instanceId: number
  readonly runId: number
  /** A backfill has a pass of its own: what another run left stays as it is, to be gone on with. */
  readonly backfill?: boolean
}

/** A pass over the slices of a job, which are fixed when it begins and kept in the database until all have been tried. */
export interface Cycle {
  readonly slices: number
  /** All slices up to this one were done when it was opened. */
  readonly position: number
  /** Another run began it, and was cut off. */
  readonly resumed: boolean
  /** What each table gave, in the order of the slices; empty when resumed. */
  readonly levels: readonly LevelCount[]
  /** Slices that are not asked for, since what they come from is as it was; 0 when resumed. */
  readonly unchanged: number
  /** What is noted with each slice that is walked completely: what of its parents the pass has seen. Null: nothing. */
  readonly parentsSeen: string | null
}

export interface OpenCycleOptions extends SessionOptions {
  /** What is asked of the slices: `increment`, `full refresh` … Only a pass of the same kind is gone on with. */
  readonly kind: string
  /** Begins anew, whatever was left. */
  readonly anew: boolean
}

/** Parents come and go: what was left longer ago is not gone on with. */
const maxAge = '24 hours'

/**
 * Goes on with the pass that an earlier run of this kind left, slices that failed in it last; or begins one, which costs
 * one statement however many slices there are. The job's lock must be held.
 * Throws `ConfigurationError`: `SLICES_WITHOUT_VALUES`, `TOO_MANY_SLICES`; `DatabaseError`.
 */
export async function openCycle(
  database: Database,
  place: CyclePlace,
  { kind: asked, anew, ...session }: OpenCycleOptions,
): Promise<Cycle> {
  const kind = `${asked} ${fingerprintOf(place.job)}`
  return await database.transaction(
    async (transaction) =>
      (anew ? null : await resume(transaction, place, kind, asked === 'increment')) ??
      (await begin(transaction, place, kind, asked === 'increment')),
    session,
  )
}

/** Up to `limit` slices beyond a position, in order. */
export async function readCycleSlices(
  database: Queryable,
  place: Omit<CyclePlace, 'runId'>,
  after: number,
  limit: number,
): Promise<readonly { readonly position: number; readonly parameters: SliceParameters }[]> {
  const { rows } = await database.query<{ position: number; parameters: SliceParameters }>(sql`
    select c.position::float8 as position, parameters from strata.job_cycle_slices c
    where ${isOf(place)} and c.position > ${after}::bigint
    order by c.position limit ${limit}`)
  return rows
}

/** Notes that all slices up to this one are done. Does nothing when our run is no longer open. */
export async function moveCycle(database: Queryable, place: CyclePlace, position: number): Promise<void> {
  await database.query(sql`
    update strata.job_cycles c set position = ${position}::bigint
    where ${isOf(place)} and position < ${position}::bigint and ${isOpen(place)}`)
}

/** Ends the pass: all of its slices have been tried. Does nothing when our run is no longer open. */
export async function closeCycle(database: Queryable, place: CyclePlace): Promise<void> {
  await database.query(sql`
    with ended as (
      delete from strata.job_cycles c where ${isOf(place)} and ${isOpen(place)} returning 1
    )
    delete from strata.job_cycle_slices c where ${isOf(place)} and exists (select from ended)`)
}

/** `increment`: of a job that goes by its parents, those slices too that have become due since the pass began. */
async function resume(
  transaction: Queryable,
  place: CyclePlace,
  kind: string,
  increment: boolean,
): Promise<Cycle | null> {
  const { rows } = await transaction.query<{ slices: number; position: number; seen: string | null }>(sql`
    select slices::float8 as slices, position::float8 as position, parents_seen::text as seen
    from strata.job_cycles c
    where ${isOf(place)} and kind = ${kind} and started_at > now() - ${maxAge}::interval`)
  const left = rows[0]
  if (left === undefined) return null
  // Tried and failed in this pass before the others had their turn, and so perhaps for want of the whole instance.
  const { rowCount: again } = await transaction.query(sql`
    with failed as (
      update strata.job_watermarks w set status = 'walking'
      where w.landing_schema = ${place.landingSchema} and w.job = ${jobIdentity(place.job)}
        and w.instance_id = ${place.instanceId}::integer and status in ('failed', 'unsupported')
        and last_attempt_at >= (select started_at from strata.job_cycles c where ${isOf(place)})
      returning landing_schema, instance_id, slice
    )
    insert into strata.job_cycle_slices (landing_schema, job, instance_id, position, parameters)
    select landing_schema, ${nameOf(place)}, instance_id,
      ${left.slices}::bigint + row_number() over (order by slice collate "C"), slice::jsonb
    from failed`)
  const tried = { slices: left.slices + again, position: left.position }
  const due = increment ? await addDue(transaction, place, tried) : 0
  const slices = tried.slices + due
  if (left.position >= slices) return null
  await transaction.query(sql`update strata.job_cycles c set slices = ${slices}::bigint where ${isOf(place)}`)
  return {
    slices,
    position: left.position,
    resumed: true,
    levels: [],
    unchanged: 0,
    parentsSeen: left.seen,
  }
}

/** Behind all others. Gives their number. They are told as seen what the pass has seen, and so may be walked once more by the next. */
async function addDue(
  transaction: Queryable,
  place: CyclePlace,
  { slices, position }: Pick<Cycle, 'slices' | 'position'>,
): Promise<number> {
  const parents = await parentsOf(transaction, place)
  if (parents === null) return 0
  await transaction.query(withoutStatistics)
  const { rowCount } = await transaction.query(sql`
    insert into strata.job_cycle_slices (landing_schema, job, instance_id, position, parameters)
    select ${place.landingSchema}, ${nameOf(place)}, ${place.instanceId}::integer,
      ${slices}::bigint + row_number() over (order by due.position), due.parameters
    from (${dueSlicesQuery(place, parents)}) as due
    where due.position > 0 and not exists (
      select from strata.job_cycle_slices c
      where ${isOf(place)} and c.position > ${position}::bigint and c.parameters = due.parameters)`)
  return rowCount
}

/** Null: the job does not go by its parents. */
async function parentsOf(transaction: Queryable, place: CyclePlace): Promise<ParentChanges | null> {
  return place.backfill !== true && followsParents(place.job) ? await lookAtParents(transaction, place) : null
}

/** `increment`: of a job that goes by its parents, those slices alone that are due. */
async function begin(
  transaction: Queryable,
  place: CyclePlace,
  kind: string,
  increment: boolean,
): Promise<Cycle> {
  const { job, instanceId, landingSchema } = place
  const parents = await parentsOf(transaction, place)
  await transaction.query(sql`delete from strata.job_cycle_slices c where ${isOf(place)}`)
  await transaction.query(sql`delete from strata.job_cycles c where ${isOf(place)}`)
  await transaction.query(withoutStatistics)
  if (isProduct(job)) await refuseTooMany(transaction, job, instanceId)
  const { rows: levels } = await transaction.query<LevelCount>(levelCountsQuery(job, instanceId))
  const wanted = parents !== null && increment ? dueSlicesQuery(place, parents) : slicesQuery(job, instanceId)
  const { rows } = await transaction.query<{ slices: number; unchanged: number }>(sql`
    with added as (
      insert into strata.job_cycle_slices (landing_schema, job, instance_id, position, parameters)
      select ${landingSchema}, ${nameOf(place)}, ${instanceId}::integer, position, parameters
      from (${wanted}) as wanted
      returning position
    )
    select count(*) filter (where position > 0)::float8 as slices,
      count(*) filter (where position < 0)::float8 as unchanged
    from added`)
  const { slices, unchanged } = rows[0]!
  if (slices + unchanged === 0 && levels.every(({ records }) => records > 0)) throw withoutValues(job, levels)
  const parentsSeen = parents?.seen ?? null
  await transaction.query(sql`
    insert into strata.job_cycles (landing_schema, job, instance_id, kind, slices, parents_seen)
    values (${landingSchema}, ${nameOf(place)}, ${instanceId}::integer, ${kind}, ${slices}::bigint, ${parentsSeen}::xid8)`)
  return { slices, position: 0, resumed: false, levels, unchanged, parentsSeen }
}

/** What has just landed has no statistics: a table of a million rows is taken for one of ten, and joined row by row. */
const withoutStatistics = 'set local enable_nestloop = off'

/** What was asked for in another way is not gone on with. */
function fingerprintOf({ endpoint, params, slices }: EndpointJob): string {
  return createHash('md5')
    .update(JSON.stringify([endpoint, params, slices]))
    .digest('hex')
    .slice(0, 8)
}

/** A condition on the alias `c`. */
function isOf(place: Omit<CyclePlace, 'runId'>): Sql {
  const { landingSchema, instanceId } = place
  return sql`c.landing_schema = ${landingSchema} and c.job = ${nameOf(place)} and c.instance_id = ${instanceId}::integer`
}

/** By which the pass is kept. */
function nameOf({ job, backfill = false }: Omit<CyclePlace, 'runId'>): string {
  return backfill ? `${jobIdentity(job)} backfill` : jobIdentity(job)
}

/** A successor that took over the job may be at the same pass. */
function isOpen({ landingSchema, runId }: CyclePlace): Sql {
  const runs = raw(quoteRelation({ schema: landingSchema, name: 'dw_etl_runs' }))
  return sql`exists (select from ${runs} r where r.run_id = ${runId}::integer and r.run_status = 'running')`
}

/** Where every row of one table stands beside every row of another, more slices than this are surely not meant. */
const maxProduct = 1_000_000

async function refuseTooMany(transaction: Queryable, job: EndpointJob, instanceId: number): Promise<void> {
  const { rows } = await transaction.query<{ slices: number }>(countSlicesQuery(job, instanceId, maxProduct))
  if (rows[0]!.slices <= maxProduct) return
  throw new ConfigurationError({
    code: 'TOO_MANY_SLICES',
    message: `${jobIdentity(job)} has more than ${formatCount(maxProduct)} slices, as its tables are combined each row with each`,
    hint: 'say which rows belong together: match: under slices names the path that holds the earlier parameter',
  })
}

function withoutValues(job: EndpointJob, levels: readonly LevelCount[]): ConfigurationError {
  const tables = [...new Set(job.slices.map(({ from }) => `${from.schema}.${from.name}`))].join(' and ')
  const paths = job.slices.flatMap(({ path, match }) => [path, ...Object.values(match)])
  const counts = levels.map(({ records, without }) => `${without} of ${records}`).join(' and ')
  return new ConfigurationError({
    code: 'SLICES_WITHOUT_VALUES',
    message: `no record of ${tables} gives a slice of ${jobIdentity(job)}: ${counts} lack a value at ${paths.map((path) => path.join('.')).join(' or ')}${levels.length > 1 ? ', and the others match nothing' : ''}`,
    hint: 'look at a record (select data from … limit 1) and correct path: or match: of the slices',
  })
}
