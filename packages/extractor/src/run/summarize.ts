import type { Job } from '@strata/core'
import { formatCount } from '@strata/core'
import { jobIdentity, placeOf, readsIncrements, slicesOf } from '../job-identity.ts'
import type { InstanceOutcome } from './land-instance.ts'
import { describeSweep, withHint } from './sweep-message.ts'

/** How the records were asked for. */
export interface Way {
  readonly fullRefresh: boolean
  readonly window: { readonly since: string | null; readonly until: string | null } | null
}

/**
 * What a job did: parts with `; ` between them, each in a few words, and behind an arrow what can be done about it:
 * `north: no such endpoint → check base_url; south: incremental`. Instances are named only where they differ.
 */
export function summarize(job: Job, outcomes: readonly InstanceOutcome[], asked: Way): string {
  const [first] = outcomes
  const alike = outcomes.every(
    (outcome) =>
      outcome.status === first?.status &&
      (outcome.status === 'unsupported' || outcome.error?.message === first.error?.message) &&
      describeWay(job, outcome, asked) === describeWay(job, first, asked),
  )
  const summary = alike
    ? outcomes.slice(0, 1).map((outcome) => describe(job, { ...outcome, slices: allSlices(outcomes) }, asked))
    : outcomes.map((outcome) => `${outcome.instance.name}: ${describe(job, outcome, asked)}`)
  const quarantined = outcomes.reduce((sum, { tally }) => sum + tally.quarantined, 0)
  const open = outcomes.reduce((sum, outcome) => sum + outcome.open.refused, 0)
  const missed = outcomes.reduce((sum, { tally }) => sum + tally.missed, 0)
  const sweeps = outcomes.flatMap(({ instance, sweep }) => {
    const text = describeSweep(job, sweep)
    return text === null ? [] : [outcomes.length > 1 ? `${instance.name}: ${text}` : text]
  })
  return [
    ...summary,
    ...(quarantined > 0 ? [`${quarantined} quarantined in strata.dead_letters`] : []),
    ...(open > quarantined
      ? [
          withHint(
            `${open} in all in strata.dead_letters`,
            `\`models source replay ${jobIdentity(job)}\` lands those that can be landed, and says what is wrong with the others`,
          ),
        ]
      : []),
    ...(missed > 0 ? [`${missed} that increments had missed`] : []),
    ...notesOf(outcomes),
    ...sweeps,
  ].join('; ')
}

/** What else they have to tell, once where several say the same. */
function notesOf(outcomes: readonly InstanceOutcome[]): readonly string[] {
  const all = outcomes.flatMap(({ instance, notes = [] }) => notes.map((note) => ({ instance, note })))
  const same = new Set(all.map(({ note }) => note)).size === 1
  return same
    ? [all[0]!.note]
    : all.map(({ instance, note }) => (outcomes.length > 1 ? `${instance.name}: ${note}` : note))
}

function describe(job: Job, outcome: InstanceOutcome, asked: Way): string {
  const { status, error, slices } = outcome
  if (status === 'switched off') return 'switched off in dw_etl_jobs'
  if (status === 'fresh') return 'landed recently enough'
  if (status === 'unsupported') {
    const answer = error !== null && 'status' in error ? error.status : 404
    return withHint(`endpoint not supported: ${placeOf(job)} (${answer})`, unsupportedHint)
  }
  if (status === 'failed') {
    const all = slices.landed + slices.gone + slices.failed
    const which = all > 1 ? `${slices.failed} of ${all} slices failed: ` : ''
    return withHint(`${which}${error?.message ?? 'failed'}`, error?.hint)
  }
  const way = describeWay(job, outcome, asked)
  if (slicesOf(job).length === 0) return way
  const landed = `${way}, ${slices.landed} ${slices.landed === 1 ? 'slice' : 'slices'}`
  const { unchanged = 0 } = slices
  const told = slices.gone > 0 ? `${landed}, ${slices.gone} gone` : landed
  return unchanged > 0
    ? `${told}, ${formatCount(unchanged)} not asked for: their parents are as they were`
    : told
}

function describeWay(
  job: Job,
  { incremental, unfiltered, sweep, way }: InstanceOutcome,
  { fullRefresh, window }: Way,
): string {
  if (window !== null)
    return `backfill ${window.since ?? ''} … ${window.until ?? ''}`.replace(/ +/g, ' ').trim()
  if (fullRefresh) return 'full refresh'
  if (way !== undefined) return way
  if (unfiltered)
    return `full load, for the API knows no filter by ${job.kind === 'endpoint' ? job.cursor?.field : ''}`
  if (incremental) return 'incremental'
  // Only rows that have landed before can be missed.
  if (job.kind === 'endpoint' && job.sweep !== null && sweep !== null)
    return 'full walk, for its sweep is due'
  return readsIncrements(job) ? 'first load' : 'full load'
}

const unsupportedHint =
  'check the endpoint and the base URL, or declare the job inactive (active: false, with a reason)'

function allSlices(outcomes: readonly InstanceOutcome[]): InstanceOutcome['slices'] {
  const sum = (count: (slices: InstanceOutcome['slices']) => number) =>
    outcomes.reduce((total, { slices }) => total + count(slices), 0)
  return {
    landed: sum((s) => s.landed),
    gone: sum((s) => s.gone),
    failed: sum((s) => s.failed),
    unchanged: sum((s) => s.unchanged ?? 0),
  }
}
