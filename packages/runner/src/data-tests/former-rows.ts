import type { DataTestStep, NodeId, Queryable, Target } from '@strata/core'
import { stateKey } from '../state/state-key.ts'

/** The rows that tests counted in the last run in which they did not fail, by node. */
export async function readFormerRows(
  queryable: Queryable,
  target: Target,
  steps: readonly DataTestStep[],
): Promise<ReadonlyMap<NodeId, number>> {
  const remembering = steps.flatMap(({ id, tally }) => (tally?.remembersRows === true ? [id] : []))
  if (remembering.length === 0) return new Map()
  const { rows } = await queryable.query<{ node: NodeId; measured: string }>({
    text: `select n.node, s.measured
from pg_catalog.unnest($2::text[]) n (node)
cross join lateral (
  select s.counts ->> 'measured' as measured from strata.steps s join strata.runs r using (run_id)
  where s.node = n.node and r.target = $1 and s.status in ('success', 'warned') and s.counts ? 'measured'
  order by s.started_at desc limit 1
) s`,
    values: [stateKey(target), remembering],
  })
  return new Map(rows.map(({ node, measured }) => [node, Number(measured)]))
}
