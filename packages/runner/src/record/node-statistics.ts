import type { Database, NodeId, StepKind, Target } from '@strata/core'
import { stateKey } from '../state/state-key.ts'
import { hasHistory } from './run-history.ts'

/** How a node fared in the last runs of a target. */
export interface NodeStatistics {
  readonly id: NodeId
  readonly kind: StepKind
  readonly name: string
  /** Runs in which it began. */
  readonly runs: number
  readonly failed: number
  /** Of those that began, from 0 to 1. */
  readonly successRate: number
  readonly medianMilliseconds: number
  readonly slowestMilliseconds: number
  readonly totalMilliseconds: number
  /** The newest failure; null: none. ISO 8601. */
  readonly lastFailedAt: string | null
  readonly lastErrorCode: string | null
}

/** Every node that began in one of the last runs of a target. A cancelled step counts neither way. */
export async function readNodeStatistics(
  database: Database,
  target: Pick<Target, 'name' | 'prefix'>,
  lastRuns: number,
): Promise<readonly NodeStatistics[]> {
  if (!(await hasHistory(database))) return []
  const { rows } = await database.query<StatisticsRow>({
    text: `with recent as (
  select run_id from strata.runs where target = $1 order by started_at desc limit $2
)
select s.node, max(s.kind) as kind, (pg_catalog.array_agg(s.name order by s.started_at desc))[1] as name,
  count(*)::int as runs, (count(*) filter (where s.status in ('failed', 'interrupted')))::int as failed,
  percentile_cont(0.5) within group (order by s.milliseconds) as median, max(s.milliseconds) as slowest,
  sum(s.milliseconds) as total,
  to_char(max(s.started_at) filter (where s.status = 'failed') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as failed_at,
  (pg_catalog.array_agg(s.error_code order by s.started_at desc) filter (where s.status = 'failed'))[1] as error_code
from strata.steps s join recent using (run_id)
where s.started_at is not null and s.status not in ('running', 'cancelled')
group by s.node order by s.node`,
    values: [stateKey(target), lastRuns],
  })
  return rows.map((row) => ({
    id: row.node,
    kind: row.kind,
    name: row.name,
    runs: row.runs,
    failed: row.failed,
    successRate: (row.runs - row.failed) / row.runs,
    medianMilliseconds: row.median,
    slowestMilliseconds: row.slowest,
    totalMilliseconds: row.total,
    lastFailedAt: row.failed_at,
    lastErrorCode: row.error_code,
  }))
}

interface StatisticsRow {
  readonly node: NodeId
  readonly kind: StepKind
  readonly name: string
  readonly runs: number
  readonly failed: number
  readonly median: number
  readonly slowest: number
  readonly total: number
  readonly failed_at: string | null
  readonly error_code: string | null
}
