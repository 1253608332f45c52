import type { Counts, Event, NodeId, SliceProgress } from '@strata/core'
import { describeRows, formatCount } from './format.ts'
import { describePace, describeSlices, paceOf } from './pace.ts'

/** Milliseconds between two lines about one job. */
const toldEvery = 30_000

/** Takes the events of a run, and tells now and then how far its long jobs are: for logs, where nothing is redrawn. */
export function createProgressLines(tell: (line: string) => void, now: () => number): (event: Event) => void {
  const jobs = new Map<NodeId, { readonly name: string; readonly since: number; toldAt: number }>()
  return (event) => {
    if (event.kind === 'step_started' && event.stepKind === 'job')
      jobs.set(event.id, { name: event.name, since: now(), toldAt: now() })
    else if (event.kind === 'step_finished') jobs.delete(event.result.id)
    else if (event.kind === 'step_progress') {
      const job = jobs.get(event.id)
      if (job === undefined || now() - job.toldAt < toldEvery) return
      job.toldAt = now()
      tell(`${job.name}: ${describe(event, now() - job.since)}.`)
    }
  }
}

interface JobProgress {
  readonly counts: Counts
  readonly expected?: number
  readonly slices?: SliceProgress
}

function describe({ counts, expected, slices }: JobProgress, elapsed: number): string {
  const rows = describeRows(counts)
  if (slices !== undefined) return [rows, describeSlices(slices)].filter((text) => text !== '').join('; ')
  const pace = paceOf(counts, expected ?? null, elapsed)
  const of = expected === undefined ? rows : `${rows} of ${formatCount(expected)}`
  return pace === null ? of : `${of}, ${describePace(pace)}`
}
