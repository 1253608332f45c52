import { type Database, DatabaseError } from '@strata/core'
import { runLockPrefix } from './run-life.ts'

/** A run whose process is gone. */
export interface CrashedRun {
  readonly runId: string
  /** A `stateKey`. */
  readonly target: string
  readonly command: string
  readonly startedAt: string
  /** Steps that were under way. */
  readonly interrupted: number
}

/**
 * Finds runs that say they are running and are not: nobody holds their lock, or, where they could hold none, nothing was heard of
 * them for a minute. They are closed at the time of their last sign of life; a step that had not ended counts as
 * interrupted, unless what it published is there. A run that was closed in error puts itself right at its next sign of life.
 */
export async function closeCrashedRuns(database: Database): Promise<readonly CrashedRun[]> {
  try {
    const { rows } = await database.query<CrashedRow>({ text: closing, values: [runLockPrefix] })
    return rows.map((row) => ({
      runId: row.run_id,
      target: row.target,
      command: row.command,
      startedAt: row.started_at,
      interrupted: Number(row.interrupted),
    }))
  } catch (error) {
    if (error instanceof DatabaseError && leftToTheNextRun.has(error.sqlstate ?? '')) return []
    throw error
  }
}

/** One may only read, or the tables are those of an older Strata, or none. */
const leftToTheNextRun = new Set(['25006', '42501', '42703', '42P01', '3F000'])

interface CrashedRow {
  readonly run_id: string
  readonly target: string
  readonly command: string
  readonly started_at: string
  readonly interrupted: string
}

/** The transaction's lock is got only where the run's own session is gone; two that close at once do not meet. */
const closing = `with silent as materialized (
  select run_id from strata.runs where status = 'running'
    and (holds_lock or heartbeat_at is null or heartbeat_at < clock_timestamp() - interval '1 minute')
), dead as materialized (
  select run_id from silent where pg_try_advisory_xact_lock(pg_catalog.hashtextextended($1 || run_id, 0))
), closed as (
  update strata.runs r set status = 'crashed', finished_at = coalesce(r.heartbeat_at, r.started_at)
  from dead where dead.run_id = r.run_id and r.status = 'running'
  returning r.run_id, r.target, r.command, r.started_at, r.finished_at, r.planned
), unfinished as (
  select c.run_id, p.node, p.kind, p.name, s.started_at, c.finished_at,
    exists (select from strata.relations b where b.target = c.target and b.node = p.node and b.run_id = c.run_id
      and not b.retired) as published
  from closed c
  cross join lateral (select e ->> 0 as node, e ->> 1 as kind, e ->> 2 as name from jsonb_array_elements(c.planned) e) p
  left join strata.steps s on s.run_id = c.run_id and s.node = p.node
  where s.node is null or s.status = 'running'
), written as (
  insert into strata.steps (run_id, node, kind, name, status, action, message, counts, started_at, finished_at,
    milliseconds, stale_because)
  select run_id, node, kind, name,
    case when published then 'success' else 'interrupted' end, 'none',
    case when published then 'published; then the run was killed'
      when started_at is null then 'the run was killed before its turn came' else 'the run was killed' end, '{}',
    started_at, case when started_at is not null then greatest(finished_at, started_at) end,
    coalesce(extract(epoch from greatest(finished_at, started_at) - started_at) * 1000, 0), '{}'
  from unfinished
  on conflict (run_id, node) do update set status = excluded.status, message = excluded.message,
    finished_at = excluded.finished_at, milliseconds = excluded.milliseconds
)
select c.run_id, c.target, c.command, c.started_at::text,
  (select count(*) from unfinished u where u.run_id = c.run_id and u.started_at is not null and not u.published) as interrupted
from closed c order by c.started_at`
