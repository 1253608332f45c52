import {
  displayRelation,
  leavingTheDisk,
  quoteLiteral,
  type RelationName,
  type Session,
  type StepContext,
} from '@strata/core'
import type { RelationStep } from '../state/step-state.ts'

/**
 * The first statement of a step: one runner a relation. In READ COMMITTED what follows sees all that an earlier holder
 * committed. Where the lock is held, says by whom, and waits.
 *
 * `columns` are selected by a statement of their own behind it, in the same round trip; returns their row, or null where the lock had
 * to be waited for.
 */
export async function lockRelation<Row>(
  transaction: Session,
  step: RelationStep,
  context: StepContext,
  columns: string,
): Promise<Row | null> {
  const key = lockKey(step.relation)
  // Each statement of a script takes its own snapshot: the second one's is taken under the lock, or not at all.
  const { rows } = await transaction.query<Row>({
    text: `select set_config('strata.locked', pg_try_advisory_xact_lock(pg_catalog.hashtextextended(${quoteLiteral(key)}, 0))::text, true), ${leavingTheDisk};
select ${columns} where current_setting('strata.locked') = 'true'`,
    script: true,
  })
  if (rows[0] !== undefined) return rows[0]
  context.emit({
    kind: 'step_waiting',
    id: step.id,
    name: step.name,
    message: `waits for ${await describeHolder(transaction, key)}`,
  })
  await transaction.query({
    text: 'select pg_advisory_xact_lock(pg_catalog.hashtextextended($1, 0))',
    values: [key],
  })
  return null
}

export function lockKey(relation: RelationName): string {
  return `strata:${displayRelation(relation)}`
}

async function describeHolder(transaction: Session, key: string): Promise<string> {
  const { rows } = await transaction.query<{ pid: number; application_name: string; seconds: number | null }>(
    {
      text: `select a.pid, a.application_name, extract(epoch from now() - a.xact_start)::int as seconds
from pg_locks l join pg_stat_activity a using (pid)
where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
  and l.database = (select oid from pg_database where datname = current_database())
  and ((l.classid::bigint << 32) | l.objid::bigint) = pg_catalog.hashtextextended($1, 0)
limit 1`,
      values: [key],
    },
  )
  const holder = rows[0]
  if (holder === undefined) return 'another run'
  const since = holder.seconds === null ? '' : `, since ${holder.seconds} s`
  return `"${holder.application_name}" (process ${holder.pid}${since})`
}
