import type { Database, NodeId, Plan, Step, StepKind } from '@strata/core'
import { stateKey } from '../state/state-key.ts'

/** How long steps took in past runs. */
export interface PastDurations {
  /** Milliseconds, never 0: the step's own, else what its kind usually takes, else 1. */
  of(step: Step): number
  /** Whether anything is known at all: without it there is nothing to expect. */
  readonly known: boolean
}

/** The runs that are looked at, for each step. */
const lastRuns = 5

/** Reads, in one statement, the median of the last successful runs of every step of the plan, in its target. */
export async function readPastDurations(database: Database, plan: Plan): Promise<PastDurations> {
  const { rows } = await database.query<{ node: NodeId; milliseconds: number }>({
    text: `select n.node, percentile_cont(0.5) within group (order by s.milliseconds) as milliseconds
from pg_catalog.unnest($2::text[]) n (node)
cross join lateral (
  select s.milliseconds from strata.steps s join strata.runs r using (run_id)
  where s.node = n.node and r.target = $1 and s.status in ('success', 'warned') and s.started_at is not null
  order by s.started_at desc limit $3
) s
group by n.node`,
    values: [stateKey(plan.target), plan.steps.map(({ id }) => id), lastRuns],
  })
  return pastDurations(plan.steps, new Map(rows.map((row) => [row.node, row.milliseconds])))
}

export function pastDurations(steps: readonly Step[], own: ReadonlyMap<NodeId, number>): PastDurations {
  const byKind = new Map<StepKind, number[]>()
  for (const { id, kind } of steps) {
    const duration = own.get(id)
    if (duration === undefined) continue
    const known = byKind.get(kind)
    if (known === undefined) byKind.set(kind, [duration])
    else known.push(duration)
  }
  const usual = new Map([...byKind].map(([kind, durations]) => [kind, median(durations)]))
  return {
    known: own.size > 0,
    of: ({ id, kind }) => Math.max(1, own.get(id) ?? usual.get(kind) ?? 1),
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
