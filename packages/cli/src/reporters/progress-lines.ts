import type { Counts, Event, NodeId, SliceProgress } from '@strata/core'
import { describeRows, formatCount } from './format.ts'
import { describePace, describeSlices, type Pace } from './pace.ts'
import { createPaceMeter, type PaceMeter } from './pace-meter.ts'

/** Milliseconds between two lines about one job. */
const toldEvery = 30_000

/** Takes the events of a run, and tells now and then how far its long jobs are: for logs, where nothing is redrawn. */
export function createProgressLines(tell: (line: string) => void, now: () => number): (event: Event) => void {
  const jobs = new Map<NodeId, { readonly name: string; readonly meter: PaceMeter; toldAt: number }>()
  return (event) => {
    if (event.kind === 'step_started' && event.stepKind === 'job')
      jobs.set(event.id, { name: event.name, meter: createPaceMeter(now), toldAt: now() })
    else if (event.kind === 'step_finished') jobs.delete(event.result.id)
    else if (event.kind === 'step_progress') {
      const job = jobs.get(event.id)
      job?.meter.take(event.counts)
      if (job === undefined || now() - job.toldAt < toldEvery) return
      job.toldAt = now()
      tell(`${job.name}: ${describe(event, job.meter.pace(event.expected ?? null))}.`)
    }
  }
}

interface JobProgress {
  readonly counts: Counts
  readonly expected?: number
  readonly slices?: SliceProgress
}

function describe({ counts, expected, slices }: JobProgress, pace: Pace | null): string {
  const rows = describeRows(counts)
  if (slices !== undefined) return [rows, describeSlices(slices)].filter((text) => text !== '').join('; ')
  const of = expected === undefined ? rows : `${rows} of ${formatCount(expected)}`
  return pace === null ? of : `${of}, ${describePace(pace)}`
}
