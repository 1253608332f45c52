import { listed } from '@strata/core'
import type { StuckRun } from '@strata/extractor'
import { plural } from './format.ts'

/** A line for the runs that said they were running and were not; none: no line. */
export function describeStuck(runs: readonly StuckRun[]): readonly string[] {
  if (runs.length === 0) return []
  const names = [...new Set(runs.map(({ name }) => name))].sort()
  return [
    `${plural(runs.length, 'job run')} had been left running by a process that has gone, and ${runs.length === 1 ? 'is' : 'are'} closed as failed: ${listed(names, 5)}.`,
  ]
}
