import type { Job } from '@strata/core'
import { formatCount } from '@strata/core'
import type { SweepOutcome } from './sweep-gone.ts'

/** What of a sweep its counts do not tell, for the step's message; null: nothing. */
export function describeSweep(job: Job, outcome: SweepOutcome | null): string | null {
  if (outcome === null) return null
  const { live, missing, awaiting, refused, shared = 0 } = outcome
  if (refused) {
    const allowed = `max_deleted_share (${percent(job.maxDeletedShare)} %)`
    return withHint(
      `${formatCount(missing)} of ${formatCount(live)} records are gone, more than ${allowed} allows: nothing was marked`,
      refusalHint,
    )
  }
  const parts = [
    ...(awaiting > 0 ? [`${formatCount(awaiting)} missing: gone if the next full walk misses them too`] : []),
    ...(shared > 0
      ? [
          withHint(
            `${formatCount(shared)} ${shared === 1 ? 'record' : 'records'} in several slices`,
            sharedHint,
          ),
        ]
      : []),
  ]
  return parts.length === 0 ? null : parts.join('; ')
}

/** A part of a step's message with what to do about it. What stands between the parts stands in none. */
export function withHint(what: string, hint: string | undefined): string {
  return hint === undefined ? what : `${what} → ${hint.replaceAll('; ', ', ')}`
}

const sharedHint = 'name the parameter in key: of the job, or such a record is written anew with each of them'

const refusalHint =
  'look at the source and at what the key may read. If the records really are gone, set max_deleted_share: 1 for the job, land it once with --full-refresh, and take it back'

function percent(share: number): string {
  return String(Math.round(share * 10_000) / 100)
}
