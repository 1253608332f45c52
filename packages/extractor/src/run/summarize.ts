import type { Job } from '@strata/core'
import type { InstanceOutcome } from './land-instance.ts'

/** What a job did, in a few words. Instances are named only where they differ. */
export function summarize(job: Job, outcomes: readonly InstanceOutcome[], fullRefresh: boolean): string {
  const parts = outcomes.map((outcome) => ({
    name: outcome.instance.name,
    text: describe(job, outcome, fullRefresh),
  }))
  const [first] = parts
  const same = parts.every(({ text }) => text === first?.text)
  const summary = same ? (first?.text ?? '') : parts.map(({ name, text }) => `${name}: ${text}`).join('; ')
  const quarantined = outcomes.reduce((sum, { tally }) => sum + tally.quarantined, 0)
  return quarantined === 0 ? summary : `${summary}; ${quarantined} quarantined in strata.dead_letters`
}

function describe(job: Job, outcome: InstanceOutcome, fullRefresh: boolean): string {
  const { status, error, slices } = outcome
  if (status === 'switched off') return 'switched off in dw_etl_jobs'
  if (status === 'fresh') return 'landed recently enough'
  if (status === 'unsupported')
    return `endpoint not supported (${error !== null && 'status' in error ? error.status : 404})`
  if (status === 'failed') {
    const [all, hint] = [slices.landed + slices.gone + slices.failed, error?.hint]
    const which = all > 1 ? `${slices.failed} of ${all} slices failed: ` : ''
    return `${which}${error?.message ?? 'failed'}${hint === undefined ? '' : ` (${hint})`}`
  }
  const how = fullRefresh
    ? 'full refresh'
    : outcome.incremental
      ? 'incremental'
      : job.cursor === null
        ? 'full load'
        : 'first load'
  if (job.slices.length === 0) return how
  const gone = slices.gone > 0 ? `, ${slices.gone} gone` : ''
  return `${how}, ${slices.landed} slices${gone}`
}
