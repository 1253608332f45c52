import type { Database, NodeId, Plan, Step } from '@strata/core'
import { stateKey } from '../state/state-key.ts'

/** How long steps took in past runs that did the same: an increment says nothing of a first build. */
export interface PastDurations {
  /** Milliseconds, never 0: the step's own, else what its kind usually takes, else 1. */
  of(step: Step): number
  /** Whether that can be relied on: it is the step's own, or most steps of its kind that are to do the same have theirs. */
  isKnown(step: Step): boolean
}

/** What a step is to do, as far as that decides how long it takes. */
type Manner = 'whole' | 'increment' | 'nothing'

/** The runs of a step that are looked through, and how many of those that did the same count. */
const looked = 50
const lastRuns = 5

/** Reads, in one statement, the median of the last successful runs of every step of the plan, in its target. */
export async function readPastDurations(database: Database, plan: Plan): Promise<PastDurations> {
  const mannerOf = mannerIn(plan)
  const { rows } = await database.query<{ node: NodeId; milliseconds: number }>({
    // Nobody says of a job beforehand how it will read: its first landing, and those of a full refresh, bring everything.
    text: `select n.node, percentile_cont(0.5) within group (order by s.milliseconds) as milliseconds
from rows from (pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) n (node, manner)
cross join lateral (
  select d.milliseconds from (
    select s.milliseconds, s.started_at, case
      when s.action in ('skip', 'none') then 'nothing'
      when s.action = 'land' then case when r.arguments->>'full_refresh' = 'true' or not exists (
        select from strata.steps e join strata.runs f using (run_id)
        where e.node = s.node and f.target = r.target and e.started_at < s.started_at
          and e.status in ('success', 'warned') and e.action = 'land') then 'whole' else 'increment' end
      when s.action = 'increment' then 'increment'
      else 'whole' end as manner
    from strata.steps s join strata.runs r using (run_id)
    where s.node = n.node and r.target = $1 and s.status in ('success', 'warned') and s.started_at is not null
    order by s.started_at desc limit $4
  ) d
  where d.manner = n.manner order by d.started_at desc limit $5
) s
group by n.node`,
    values: [
      stateKey(plan.target),
      plan.steps.map(({ id }) => id),
      plan.steps.map(mannerOf),
      looked,
      lastRuns,
    ],
  })
  return pastDurations(plan, new Map(rows.map((row) => [row.node, row.milliseconds])))
}

export function pastDurations(
  plan: Pick<Plan, 'steps' | 'arguments'>,
  own: ReadonlyMap<NodeId, number>,
): PastDurations {
  const mannerOf = mannerIn(plan)
  const alike = new Map<string, { readonly durations: number[]; steps: number }>()
  const likeOf = (step: Step) => `${step.kind} ${mannerOf(step)}`
  for (const step of plan.steps) {
    const like = likeOf(step)
    const found = alike.get(like) ?? { durations: [], steps: 0 }
    const duration = own.get(step.id)
    if (duration !== undefined) found.durations.push(duration)
    found.steps++
    alike.set(like, found)
  }
  const usual = new Map([...alike].map(([like, { durations }]) => [like, median(durations)]))
  const areMostKnown = (step: Step) => {
    const found = alike.get(likeOf(step))
    return found !== undefined && found.durations.length * 2 > found.steps
  }
  return {
    of: (step) => Math.max(1, own.get(step.id) ?? usual.get(likeOf(step)) ?? 1),
    isKnown: (step) => step.intent === 'skip' || own.has(step.id) || areMostKnown(step),
  }
}

function mannerIn(plan: Pick<Plan, 'arguments'>): (step: Step) => Manner {
  const isFull = plan.arguments?.['full_refresh'] === true
  return ({ kind, intent }) => {
    if (intent === 'skip') return 'nothing'
    return intent === 'increment' || (kind === 'job' && !isFull) ? 'increment' : 'whole'
  }
}

/** Undefined for no values. */
function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle]
  return sorted.length === 0 ? undefined : (sorted[middle - 1]! + sorted[middle]!) / 2
}
