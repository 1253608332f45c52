import { type DatabaseConnector, formatCount, SourceError, type StrataError } from '@strata/core'
import type { JobRun } from '../run/job-run.ts'
import type { InstanceOutcome } from '../run/land-instance.ts'
import { countOpenLetters } from '../run/open-letters.ts'
import { forgetCheckpoint, hasRows, storeFailure } from '../run/slice-state.ts'
import type { SweepOutcome } from '../run/sweep-gone.ts'
import { addTallies, emptyTally } from '../run/tally.ts'
import type { KeyComparison } from './compare-keys.ts'
import { compareLoad, completeLoad, greatest } from './complete-load.ts'
import type { RowsPlace } from './land-rows.ts'
import type { LandTableOptions, Load } from './load.ts'
import { rowsMissing } from './load-failures.ts'
import { type LoadPlan, planLoad } from './plan-load.ts'
import type { RowWindow } from './table-source.ts'
import { readTableState, type TableState } from './table-state.ts'
import { type TableWalk, walkTable } from './walk-table.ts'

/**
 * Lands one table of one instance, within one snapshot of its source: the rows beyond the watermarks, or all. In the end the keys of what was
 * asked for are read again and compared with bronze; only where nothing is missing the watermarks move, in that same transaction (R1, R16).
 *
 * What the source does wrong is in the outcome. Throws `DatabaseError`, `ConfigurationError`, and `SourceError` `RUN_SUPERSEDED`.
 */
export async function landTable(options: LandTableOptions, run: JobRun): Promise<InstanceOutcome> {
  const { database, job, source, instance, context } = options
  const { landingSchema } = context.target
  const place: RowsPlace = { job, landingSchema, instanceId: instance.id, ...run }
  const measured = { available: 0, captured: 0, missing: 0, duplicates: 0, zeroDates: 0, seconds: 0 }
  const began = context.clock().getTime()
  let load: Load | null = null
  try {
    return await source.snapshot(context.signal, async (snapshot) => {
      const table = await snapshot.table(job)
      const state = await readTableState(database, landingSchema, job, instance.id)
      const timeZone = (options.connector as Partial<DatabaseConnector>).timeZone ?? null
      const plan = planLoad({
        job,
        table,
        state,
        clock: snapshot.clock,
        timeZone,
        fullRefresh: options.fullRefresh,
        span: options.window,
        hasRows: await hasRows(database, job, instance.id),
      })
      const notes = plan.fallback === null ? [] : [`everything is read: ${plan.fallback}`]
      load = {
        options,
        snapshot,
        table,
        state,
        plan,
        place,
        timeZone,
        tally: emptyTally,
        candidates: {},
        received: 0,
        isRead: false,
        measured,
        notes,
      }
      const sweep = await carryOut(load)
      return await outcomeOf(load, sweep, null, began)
    })
  } catch (error) {
    if (context.signal.aborted || !(error instanceof SourceError) || error.code === 'RUN_SUPERSEDED')
      throw error
    const slice = { ...place, parameters: {} }
    await storeFailure(database, slice, 'failed', `${error.code}: ${error.message}`)
    // What was read to its end, and is not all, is read anew.
    if ((load as Load | null)?.isRead) await forgetCheckpoint(database, slice)
    return await outcomeOf(
      load ?? { options, place, tally: emptyTally, plan: null, state: null, measured, notes: [] },
      null,
      error,
      began,
    )
  }
}

/** Reads, compares and moves the watermarks. */
async function carryOut(load: Load): Promise<SweepOutcome | null> {
  const { options, plan, table, measured, notes } = load
  const { job } = options
  if (plan.kind === 'unchanged') {
    await completeLoad(load, async () => false, false)
    return null
  }
  const resumed = resumable(load)
  if (resumed !== null)
    options.context.emit({
      kind: 'notice',
      message: `${job.source}.${job.table} of instance ${options.instance.name} goes on behind ${formatCount(resumed.received)} rows: an earlier run was cut off`,
    })
  // Change columns bring what was changed since; without any, only the next load reads the first rows again.
  if (resumed !== null && plan.changes.length === 0)
    notes.push(
      `the first ${formatCount(resumed.received)} rows are as an earlier run read them, at ${resumed.clock.utc.slice(0, 19)} UTC: what was changed in them since comes with the next load`,
    )
  await walk(load, plan.window, resumed)
  if (plan.sweep === 'rows' && plan.kind === 'increment') await walkAgain(load, 'missed')
  const all = plan.kind !== 'backfill' && (plan.window.kind === 'all' || plan.sweep !== null)
  let comparison = await compareLoad(load, all)
  if (comparison.missing > 0) {
    // Between the two snapshots of a load that was cut off rows may have come in behind it, and those that no increment asks for
    // are found by a sweep alone; and where the engine keeps no writer out, they come in all the time. None of that is a fault of
    // this load, and all is mended by reading everything.
    const expected = resumed !== null || !table.consistent || (all && plan.window.kind !== 'all')
    if (!expected) measured.missing += comparison.missing
    if (expected || (job.kind === 'table' && job.onMismatch === 'full_load')) {
      if (!expected)
        notes.push(`${formatCount(comparison.missing)} rows were missing: everything was read again`)
      const missed = resumed === null && table.consistent && expected
      await walkAgain(load, missed ? 'missed' : 'landed')
      comparison = await compareLoad(load, all, !table.consistent)
      if (comparison.missing > 0 && table.consistent) measured.missing += comparison.missing
    }
  }
  if (comparison.missing > 0 && !table.consistent)
    notes.push(
      `${formatCount(comparison.missing)} rows came in while the others were read, for the table’s engine gives no snapshot: the next load brings them`,
    )
  else if (comparison.missing > 0) throw rowsMissing(job, options.instance.name, comparison)
  return all ? sweepOf(comparison) : null
}

/** A walk over everything; `missed`: what it brings, increments should have brought. */
async function walkAgain(load: Load, as: 'missed' | 'landed'): Promise<void> {
  const before = load.tally
  await walk(load, { kind: 'all' }, null)
  if (as === 'landed') return
  const brought = load.tally.inserted + load.tally.changed - before.inserted - before.changed
  load.tally = addTallies(load.tally, { missed: brought })
}

async function walk(load: Load, window: RowWindow, from: CompletePlace): Promise<void> {
  const { options, snapshot, table, plan, place, timeZone } = load
  const walked: TableWalk = await walkTable(
    {
      ...options,
      snapshot,
      table,
      plan,
      place,
      timeZone,
      onPage: (page, total) => {
        load.tally = addTallies(load.tally, page)
        options.onPage(page, total)
      },
    },
    window,
    from,
  )
  load.candidates = greatest(load, load.candidates, walked.candidates)
  load.received = walked.received
  load.isRead = true
  // A walk over everything reads again what the one before it has read.
  load.measured.zeroDates = Math.max(load.measured.zeroDates, walked.zeroDates)
}

type CompletePlace = TableState['place']

function resumable({ state, plan, options }: Load): CompletePlace {
  const { place } = state
  const wanted = place !== null && place.question === plan.question
  return wanted && plan.kind !== 'backfill' && !options.fullRefresh ? place : null
}

function sweepOf({ live, gone, marked, refused }: KeyComparison): SweepOutcome {
  return { live, missing: gone, marked, awaiting: 0, moved: 0, refused }
}

function wayOf({ plan, state }: Ended): Pick<InstanceOutcome, 'way'> {
  if (plan?.kind === 'unchanged') return { way: 'nothing changed' }
  if (plan?.kind !== 'full') return {}
  return { way: state?.watermarks == null ? 'first load' : 'full load' }
}

/** A load, of which perhaps not more is known than what it was to be. */
type Ended = Pick<Load, 'options' | 'place' | 'tally' | 'measured' | 'notes'> & {
  readonly plan: LoadPlan | null
  readonly state: TableState | null
}

async function outcomeOf(
  load: Ended,
  sweep: SweepOutcome | null,
  error: StrataError | null,
  began: number,
): Promise<InstanceOutcome> {
  const { options, plan, measured, notes } = load
  const { instance, database, job, context } = options
  measured.seconds = (context.clock().getTime() - began) / 1000
  const { landingSchema } = context.target
  return {
    instance,
    status: error === null ? 'success' : 'failed',
    tally: addTallies(load.tally, { deleted: sweep?.marked ?? 0 }),
    slices: { landed: 0, gone: 0, failed: error === null ? 0 : 1 },
    incremental: plan?.kind === 'increment',
    unfiltered: false,
    sweep,
    open: await countOpenLetters({ database, landingSchema, job, instance }),
    error,
    ...wayOf(load),
    measured: { ...measured },
    notes,
  }
}
