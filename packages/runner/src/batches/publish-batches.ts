import {
  type BatchResults,
  type BatchSettings,
  type BatchSpan,
  type CompanionOutcomes,
  type Counts,
  type Failure,
  type ModelStep,
  type Session,
  type StepFacts,
  type StepOutcome,
  StrataError,
} from '@strata/core'
import { batchGate } from '../gate/batch-gate.ts'
import { endClosed, GateClosed } from '../gate/gate.ts'
import { hidingKeys } from '../publish/hiding-keys.ts'
import type { ModelExecutorOptions } from '../publish/model-executor.ts'
import { performPublication, sourcesConsumed } from '../publish/perform-publication.ts'
import { messageOf, type Published, type RelationContext } from '../publish/relation-executor.ts'
import { lockAndReadFacts } from '../publish/step-facts.ts'
import { describeFailure } from '../schedule/describe-failure.ts'
import { isPassing } from '../schedule/try-again.ts'
import { storeState } from '../state/store-state.ts'
import { type BatchCalendar, batchCalendar, batchName, endOf, textOf, windowOf } from './batch-calendar.ts'
import { forgetBatches, forgetFailed, isDone, readDoneBatches, recordBatches } from './batch-records.ts'

/** What the first transaction of a step left to be done. */
interface Opened {
  readonly oid: string
  readonly pending: readonly Date[]
  readonly calendar: BatchCalendar
  /** The clock of the step: a batch that has not ended by then is not done, whatever it holds. */
  readonly now: Date
}

/**
 * The first transaction of a model that is built in batches: makes the table ready, forgets the batches that late rows
 * fall into together with moving the watermark past them, and finds which batches are to be done. Each of these then has a
 * transaction of its own, and one that fails does not stop the others.
 */
export async function publishInBatches(
  transaction: Session,
  options: ModelExecutorOptions,
  step: ModelStep,
  batches: BatchSettings,
  context: RelationContext,
): Promise<Published> {
  const now = context.clock()
  const calendar = batchCalendar(batches, now)
  const { facts: known, state } = await lockAndReadFacts(
    transaction,
    options,
    step,
    context,
    (found) => options.isIncremental?.(step, found) ?? false,
  )
  const facts: StepFacts = { ...known, window: { ...calendar.span, whole: true } }
  const { publication, ready, done } = await performPublication(transaction, options, step, facts, context)
  const action = done.action ?? publication.action
  const isAnew = publication.action === 'rebuild' || publication.action === 'alter'

  // Batches that are asked for by hand leave a table of another SQL what it is: the next run builds it anew.
  const keepsState = batches.only !== undefined && known.relation !== null && isOutdated(known, step)
  let forgotten = 0
  if (!keepsState) {
    const { staleBatches } = publication
    if (staleBatches !== undefined) forgotten = await forgetBatches(transaction, step, context, staleBatches)
    await storeState(transaction, ready, context, facts, publication)
  }
  if (isAnew) await recordBatches(transaction, step, context, batches.size, ended(calendar.all, batches, now))

  const oid = await readOid(transaction, step)
  const pending = isAnew
    ? []
    : await findPending(transaction, step, batches, calendar, context, oid, known.relation === null)
  const opened: Opened = { oid, pending, calendar, now }
  const reason = messageOf(done.reason ?? publication.reason, done.leftBehind)
  const published: Published = {
    outcome: {
      status: 'success',
      action: action === 'none' ? 'none' : action,
      message: isAnew ? `${reason}; all batches at once` : `${reason}; ${plural(pending.length)}`,
      counts: done.counts,
      batches: batchResults(isAnew ? calendar.all : [], [], batches),
    },
    hasRetired: state.hasRetired,
    after: publication.after ?? [],
    consumed: forgotten > 0 ? sourcesConsumed(facts) : [],
  }
  if (pending.length === 0) return published
  const further: NonNullable<Published['further']> = async (transact) => ({
    ...published,
    outcome: await performBatches(options, step, batches, context, opened, published.outcome, transact),
  })
  return { ...published, further }
}

type Transact = Parameters<NonNullable<Published['further']>>[0]

async function performBatches(
  options: ModelExecutorOptions,
  step: ModelStep,
  batches: BatchSettings,
  context: RelationContext,
  opened: Opened,
  before: StepOutcome,
  transact: Transact,
): Promise<StepOutcome> {
  const { pending } = opened
  let companions: CompanionOutcomes = {}
  let counts = before.counts
  const successful: Date[] = []
  let strays = 0
  let first: { readonly start: Date; readonly failure: Failure } | null = null
  for (const [index, start] of pending.entries()) {
    if (context.signal.aborted) throw new StrataError({ code: 'CANCELLED', message: 'cancelled' })
    try {
      const isLast = index === pending.length - 1
      const written = await hidingKeys(step, () =>
        transact(async (transaction) => {
          const gate = batchGate(transaction, step, context, options.askTests, isLast)
          const own = { ...context, gate }
          const done = await publishBatch(transaction, options, step, batches, own, opened, start)
          return { ...done, companions: (await gate.pass())?.outcomes ?? {} }
        }),
      )
      counts = sum(counts, written.counts)
      companions = mergeOutcomes(companions, written.companions)
      if (written.strays) strays++
      successful.push(start)
    } catch (error) {
      if (error instanceof GateClosed) {
        const closed = await endClosed(error, context)
        companions = mergeOutcomes(companions, closed.companions!)
        first ??= { start, failure: closed.failure! }
      } else {
        // The step begins again, and does what is left.
        if (!(error instanceof StrataError) || context.signal.aborted || isPassing(error)) throw error
        first ??= { start, failure: describeFailure(error) }
      }
    }
    context.emit({
      kind: 'step_progress',
      id: step.id,
      counts,
      batches: { done: index + 1, of: pending.length },
    })
  }
  const done = new Set(successful)
  const results = batchResults(
    successful,
    pending.filter((start) => !done.has(start)),
    batches,
  )
  if (first === null) {
    const remark = strays === 0 ? '' : `, ${strays} with rows outside of its span, which are kept`
    return { ...before, message: `${before.message}${remark}`, counts, companions, batches: results }
  }
  // Of one that was done before, what is there is not what it should be.
  const failed = pending.filter((start) => !done.has(start))
  await transact((transaction) => forgetFailed(transaction, step, context, failed))
  const message = `${successful.length} of ${plural(pending.length)}; that of ${batchName(first.start, batches.size)} failed: ${first.failure.message}`
  const failure = { ...first.failure, message }
  return { ...before, status: 'failed', message, counts, companions, failure, batches: results }
}

function batchResults(
  successful: readonly Date[],
  failed: readonly Date[],
  { size }: BatchSettings,
): BatchResults {
  const spanOf = (start: Date): BatchSpan => [start.toISOString(), endOf(start, size).toISOString()]
  return { successful: successful.map(spanOf), failed: failed.map(spanOf) }
}

/** What failed for one batch has failed. */
function mergeOutcomes(before: CompanionOutcomes, now: CompanionOutcomes): CompanionOutcomes {
  const failed = Object.entries(before).filter(([, { status }]) => status === 'failed')
  return { ...before, ...now, ...Object.fromEntries(failed) }
}

/** One batch: lock, facts, data, and the record that it is done. */
async function publishBatch(
  transaction: Session,
  options: ModelExecutorOptions,
  step: ModelStep,
  { size, only }: BatchSettings,
  context: RelationContext,
  { oid, calendar, now }: Opened,
  start: Date,
): Promise<{ readonly counts: Counts; readonly strays: boolean }> {
  // Hooks have run in the first transaction.
  const { facts: known } = await lockAndReadFacts(transaction, options, { ...step, preHooks: [] }, context)
  if (known.relation?.oid !== oid) throw replaced(step)
  const isForced = only !== undefined || calendar.again.some((other) => other.getTime() === start.getTime())
  if (!isForced && (await isDone(transaction, step, context, size, oid, start)))
    return { counts: {}, strays: false }
  const facts: StepFacts = { ...known, window: { ...windowOf(start, size), whole: false } }
  const { done } = await performPublication(transaction, options, step, facts, context)
  if (endOf(start, size) <= now) await recordBatches(transaction, step, context, size, [start])
  return { counts: done.counts, strays: done.remark !== undefined }
}

/** Gaps, and what is done again in any case; in order of time. */
async function findPending(
  transaction: Session,
  step: ModelStep,
  { size, only, exactly }: BatchSettings,
  { all, again }: BatchCalendar,
  context: RelationContext,
  oid: string,
  isFirst: boolean,
): Promise<readonly Date[]> {
  if (only !== undefined || (exactly !== undefined && !isFirst)) return again
  const done = await readDoneBatches(transaction, step, context, size, oid)
  return all.filter((start) => again.includes(start) || !done.has(textOf(start)))
}

/** A batch that is not over may get rows yet. */
function ended(all: readonly Date[], { size }: BatchSettings, now: Date): readonly Date[] {
  return all.filter((start) => endOf(start, size) <= now)
}

function isOutdated({ fingerprint }: StepFacts, step: ModelStep): boolean {
  return fingerprint !== step.fingerprint
}

async function readOid(transaction: Session, { relation }: ModelStep): Promise<string> {
  const { rows } = await transaction.query<{ oid: string }>({
    text: `select c.oid::text as oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2`,
    values: [relation.schema, relation.name],
  })
  return rows[0]!.oid
}

function sum(a: Counts, b: Counts): Counts {
  const counts: { [name: string]: number } = { ...a }
  for (const [name, count] of Object.entries(b)) counts[name] = (counts[name] ?? 0) + (count as number)
  return counts
}

function plural(batches: number): string {
  return batches === 1 ? '1 batch' : `${batches} batches`
}

function replaced(step: ModelStep): StrataError {
  return new StrataError({
    code: 'RELATION_REPLACED',
    message: `${step.name} was dropped or built anew by somebody else between two of its batches`,
    hint: 'Run again: what is done there is known, and the rest is done then.',
  })
}
