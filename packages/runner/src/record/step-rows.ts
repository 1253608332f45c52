import {
  type Counts,
  leavingTheDisk,
  type NodeId,
  type Queryable,
  type Step,
  type StepKind,
  type StepStatus,
} from '@strata/core'

/** A row of `strata.steps`, by its column names. */
export interface StepRow {
  readonly node: NodeId
  readonly kind: StepKind
  readonly name: string
  readonly status: StepStatus | 'running'
  readonly action: string
  readonly message: string
  readonly counts: Counts
  readonly started_at: string | null
  readonly finished_at: string | null
  readonly milliseconds: number
  readonly error_code: string | null
  readonly error_message: string | null
  readonly because: NodeId | null
  readonly stale_because: readonly NodeId[]
}

/** A step that has begun and not ended. */
export function startedRow(step: Step, at: string): StepRow {
  return {
    node: step.id,
    kind: step.kind,
    name: step.name,
    status: 'running',
    action: 'none',
    message: '',
    counts: {},
    started_at: at,
    finished_at: null,
    milliseconds: 0,
    error_code: null,
    error_message: null,
    because: null,
    stale_because: [],
  }
}

/** Writes rows of one run, each node at most once, over what was written of them before. */
export async function upsertSteps(
  database: Queryable,
  runId: string,
  rows: readonly StepRow[],
): Promise<void> {
  await database.query({
    text: `insert into strata.steps (run_id, node, kind, name, status, action, message, counts, started_at, finished_at,
  milliseconds, error_code, error_message, because, stale_because)
select $1, s.* from jsonb_to_recordset($2::jsonb) as s (node text, kind text, name text, status text, action text,
  message text, counts jsonb, started_at timestamptz, finished_at timestamptz, milliseconds double precision,
  error_code text, error_message text, because text, stale_because text[])
where (select ${leavingTheDisk}) is not null
on conflict (run_id, node) do update set status = excluded.status, action = excluded.action,
  message = excluded.message, counts = excluded.counts, started_at = excluded.started_at,
  finished_at = excluded.finished_at, milliseconds = excluded.milliseconds, error_code = excluded.error_code,
  error_message = excluded.error_message, because = excluded.because, stale_because = excluded.stale_because`,
    values: [runId, JSON.stringify(rows).replaceAll('\\u0000', '')],
  })
}
