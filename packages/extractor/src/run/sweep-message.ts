import type { Job } from '@strata/core'
import type { SweepOutcome } from './sweep-gone.ts'

/** What of a sweep its counts do not tell, for the step's message; null: nothing. */
export function describeSweep(job: Job, outcome: SweepOutcome | null): string | null {
  if (outcome === null) return null
  const { live, missing, awaiting, refused } = outcome
  if (refused) {
    const allowed = `max_deleted_share (${percent(job.maxDeletedShare)} %)`
    return withHint(
      `${count(missing)} of ${count(live)} records are gone, more than ${allowed} allows: nothing was marked`,
      refusalHint,
    )
  }
  return awaiting > 0 ? `${count(awaiting)} missing: gone if the next full walk misses them too` : null
}

/** A part of a step's message with what to do about it. What stands between the parts stands in none. */
export function withHint(what: string, hint: string | undefined): string {
  return hint === undefined ? what : `${what} → ${hint.replaceAll('; ', ', ')}`
}

const refusalHint =
  'look at the source and at what the key may read. If the records really are gone, set max_deleted_share: 1 for the job, land it once with --full-refresh, and take it back'

function count(number: number): string {
  return number.toLocaleString('en-US')
}

function percent(share: number): string {
  return String(Math.round(share * 10_000) / 100)
}
