import { type ApiConnector, type Clock, type Database, type Instance, quoteRelation } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { createInstanceClient, type RetryPolicy } from '../http/instance-client.ts'
import { asEndpointJob, jobIdentity, type SliceParameters } from '../job-identity.ts'
import { jobLockName, withJobLocks } from '../run/job-lock.ts'
import { beginRun, type JobRun, readJobRecord } from '../run/job-run.ts'
import { addTallies, emptyTally, type Tally } from '../run/tally.ts'
import type { JobInstance } from '../status/job-instance.ts'
import { storeRunCounts } from '../status/store-run-counts.ts'
import { askAgain, type Source } from './ask-again.ts'
import { type JudgedLetter, judgeLetters } from './judge-letters.ts'
import { landRecords, resolveLetters } from './land-letters.ts'
import type { LetterFilter } from './letter-filter.ts'

export interface ReplayOptions extends JobInstance {
  readonly database: Database
  readonly landingSchema: string
  readonly filter: LetterFilter
  /** How the source is reached; called only where a letter is asked for again. */
  readonly reach: () => Promise<{ readonly connector: ApiConnector; readonly instance: Instance }>
  readonly retryPolicy?: RetryPolicy
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Called when somebody else is landing the job; `holder` is their application name. */
  readonly onWait: (holder: string) => void
}

/** What became of the letters, or with a dry run would become of them. */
export interface ReplayOutcome {
  readonly landed: number
  /** Bronze held them already, as they are. */
  readonly there: number
  /** Bronze held something newer. */
  readonly superseded: number
  /** With a dry run: the source would be asked for them. */
  readonly asked: number
  /** Those that are still open, by what is in their way. No values. */
  readonly open: readonly { readonly why: string; readonly letters: number }[]
}

const batchSize = 500

/**
 * Lands the open dead letters of one job and instance by today's rules: what holds a record as it was received, unless bronze
 * has something newer by then; what could not be read is asked for again. Opens a run of its own in `dw_etl_runs`, with a
 * context; no watermark moves. The migrations must have been applied. Throws `SourceError`, `DatabaseError`, `ConfigurationError`.
 */
export async function replayLetters(options: ReplayOptions): Promise<ReplayOutcome> {
  const { database, landingSchema, job, instanceId, signal, onWait } = options
  const applicationName = `strata replay ${jobIdentity(job)}`.slice(0, 63)
  const lock = { name: jobLockName(landingSchema, job, instanceId), signal, onWait }
  return await withJobLocks(database, applicationName, [lock], async () => {
    const { jobId } = await readJobRecord(database, landingSchema, job, instanceId)
    const run = await beginRun(database, landingSchema, jobId, instanceId, { replay: 0 })
    const work = emptyWork()
    try {
      await replayAll(options, run, applicationName, work)
      await end(options, run, work, null)
      return outcomeOf(work)
    } catch (error) {
      await end(options, run, work, signal.aborted ? 'cancelled' : messageOf(error)).catch(() => {
        // The first error tells more.
      })
      throw error
    }
  })
}

/** What `replayLetters` would do. Changes nothing, and asks the source for nothing. */
export async function foreseeReplay(
  options: Omit<ReplayOptions, 'reach' | 'retryPolicy' | 'clock' | 'onWait'>,
): Promise<ReplayOutcome> {
  const work = emptyWork()
  for await (const batch of batches(options)) {
    for (const letter of batch) {
      const { verdict } = letter
      if (verdict === 'land') work.landed += 1
      else if (verdict === 'there' || verdict === 'superseded') work[verdict] += 1
      else if (verdict === 'ask') work.asked += 1
      else leaveOpen(work, refusals[verdict])
    }
  }
  return outcomeOf(work)
}

interface Work {
  letters: number
  landed: number
  there: number
  superseded: number
  asked: number
  tally: Tally
  readonly open: Map<string, number>
  source: Source | null
}

function emptyWork(): Work {
  return {
    letters: 0,
    landed: 0,
    there: 0,
    superseded: 0,
    asked: 0,
    tally: emptyTally,
    open: new Map(),
    source: null,
  }
}

/** Why a letter cannot be landed. */
const refusals = {
  no_key: 'the record has no key',
  unstorable_text: 'the record holds text that Postgres cannot store',
} as const

async function* batches(
  options: Omit<ReplayOptions, 'reach' | 'retryPolicy' | 'clock' | 'onWait'>,
): AsyncGenerator<readonly JudgedLetter[], void> {
  let after: JudgedLetter | null = null
  for (;;) {
    options.signal.throwIfAborted()
    const batch: readonly JudgedLetter[] = await judgeLetters(options.database, {
      ...options,
      after,
      limit: batchSize,
    })
    if (batch.length === 0) return
    yield batch
    after = batch.at(-1)!
  }
}

async function replayAll(
  options: ReplayOptions,
  run: JobRun,
  applicationName: string,
  work: Work,
): Promise<void> {
  const { database, signal } = options
  for await (const batch of batches(options)) {
    work.letters += batch.length
    for (const verdict of ['there', 'superseded'] as const) {
      const letters = batch.filter((letter) => letter.verdict === verdict).map(({ id }) => id)
      if (letters.length === 0) continue
      await resolveLetters(database, letters, verdict === 'there' ? 'replayed' : 'superseded')
      work[verdict] += letters.length
    }
    for (const { verdict } of batch)
      if (verdict === 'no_key' || verdict === 'unstorable_text') leaveOpen(work, refusals[verdict])
    const session = { applicationName, signal }
    const bySlice = new Map<string, JudgedLetter[]>()
    for (const letter of batch)
      if (letter.verdict === 'land') bySlice.set(letter.slice, [...(bySlice.get(letter.slice) ?? []), letter])
    for (const [slice, letters] of bySlice) await landSlice(options, run, session, slice, letters, work)
    for (const letter of batch)
      if (letter.verdict === 'ask') await askFor(options, run, session, letter, work)
  }
}

interface Session {
  readonly applicationName: string
  readonly signal: AbortSignal
}

async function landSlice(
  options: ReplayOptions,
  run: JobRun,
  session: Session,
  slice: string,
  letters: readonly JudgedLetter[],
  work: Work,
): Promise<void> {
  const landed = await landRecords(options.database, {
    ...session,
    place: placeOf(options, run, slice),
    body: `[${letters.map(({ record }) => record).join(',')}]`,
    marked: false,
    serverTime: options.clock().toISOString(),
    letters: letters.map(({ id }) => id),
  })
  if (landed === null) throw new Error('a list of records was taken for none')
  work.landed += letters.length
  count(work, landed)
}

async function askFor(
  options: ReplayOptions,
  run: JobRun,
  session: Session,
  letter: JudgedLetter,
  work: Work,
): Promise<void> {
  const { job, signal, database } = options
  work.source ??= await openSource(options)
  const why = await askAgain(work.source, letter.request, asEndpointJob(job), signal, async (answer) => {
    const place = placeOf(options, run, letter.slice)
    const landed = await landRecords(database, { ...session, ...answer, place, letters: [letter.id] })
    if (landed !== null) count(work, landed)
    return landed
  })
  if (why === null) work.landed += 1
  else leaveOpen(work, why)
}

async function openSource({ reach, clock, retryPolicy }: ReplayOptions): Promise<Source> {
  const { connector, instance } = await reach()
  return { instance, client: createInstanceClient({ connector, instance }, clock, retryPolicy) }
}

function placeOf({ job, landingSchema, instanceId }: ReplayOptions, run: JobRun, slice: string) {
  return {
    job: asEndpointJob(job),
    landingSchema,
    instanceId,
    parameters: JSON.parse(slice) as SliceParameters,
    ...run,
  }
}

function count(work: Work, { received, inserted, changed, quarantined }: Landed): void {
  const unchanged = received - inserted - changed - quarantined
  work.tally = addTallies(work.tally, { fetched: received, inserted, changed, unchanged, quarantined })
}

interface Landed {
  readonly received: number
  readonly inserted: number
  readonly changed: number
  readonly quarantined: number
}

function leaveOpen({ open }: Work, why: string): void {
  open.set(why, (open.get(why) ?? 0) + 1)
}

function outcomeOf({ landed, there, superseded, asked, open }: Work): ReplayOutcome {
  return {
    landed,
    there,
    superseded,
    asked,
    open: [...open].map(([why, letters]) => ({ why, letters })).sort((a, b) => b.letters - a.letters),
  }
}

/**
 * A letter that stays open is no failure of the run: it was tried, and is counted. The job's row in `dw_etl_jobs` goes on
 * telling of the last landing.
 */
async function end(
  { database, landingSchema, job, instanceId }: ReplayOptions,
  run: JobRun,
  { letters, tally }: Work,
  failure: string | null,
): Promise<void> {
  const runs = raw(quoteRelation({ schema: landingSchema, name: 'dw_etl_runs' }))
  await storeRunCounts(database, {
    landingSchema,
    runId: run.runId,
    job,
    instanceId,
    kind: 'replay',
    counts: tally,
  })
  await database.query(sql`
    update ${runs} set run_status = ${failure === null ? 'success' : 'failed'}, completed_at = clock_timestamp(),
      error_message = ${failure}, run_context = ${JSON.stringify({ replay: letters })}::jsonb
    where run_id = ${run.runId}::integer and run_status = 'running'`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
