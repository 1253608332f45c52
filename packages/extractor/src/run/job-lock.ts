import { setTimeout as delay } from 'node:timers/promises'
import type { Database, Job, Session } from '@strata/core'
import sql from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'

/** What a landing of this job and instance holds; the name for `LockRequest`. */
export function jobLockName(landingSchema: string, job: Job, instanceId: number): string {
  return `${landingSchema} ${jobIdentity(job)} instance ${instanceId}`
}

export interface LockRequest {
  /** What is locked, for people and for the lock: `bronze clinical_conductor.patients instance 1`. */
  readonly name: string
  readonly signal: AbortSignal
  /** Called once, when somebody else has it; `holder` is their application name. */
  readonly onWait: (holder: string) => void
}

/**
 * Runs `work` while it holds all the locks. They are taken in the order given before `work` begins: processes that ask for the
 * same locks in the same order cannot wait for each other in a circle, which Postgres would not see, for the locks are polled.
 * They are transaction-scoped, on one connection that
 * does nothing else and stays in a transaction without an id or a snapshot, so it holds back no vacuum and no increment.
 * A walk that loses this connection finds out when its run is closed by its successor: see `storeProgress`.
 */
export async function withJobLocks<T>(
  database: Database,
  applicationName: string,
  requests: readonly LockRequest[],
  work: () => Promise<T>,
): Promise<T> {
  return await database.transaction(
    async (transaction) => {
      await transaction.query(sql`
        select set_config(name, '0', true) from pg_catalog.pg_settings
        where name = 'transaction_timeout'`)
      await transaction.query(dropSnapshot)
      for (const request of requests) await take(transaction, request)
      return await work()
    },
    { applicationName },
  )
}

const pollMs = 250

/**
 * The portal of a SELECT keeps its snapshot, and so holds back vacuum, until the next statement takes its place. This one
 * has no snapshot, and is needed once anyhow.
 */
const dropSnapshot = 'set local idle_in_transaction_session_timeout = 0'

async function take(transaction: Session, { name, signal, onWait }: LockRequest): Promise<void> {
  const key = `strata:job:${name}`
  for (let first = true; ; first = false) {
    signal.throwIfAborted()
    const { rows } = await transaction.query<{ taken: boolean }>(
      sql`select pg_try_advisory_xact_lock(pg_catalog.hashtextextended(${key}, 0)) as taken`,
    )
    if (!rows[0]?.taken && first) onWait(await holderOf(transaction, key))
    await transaction.query(dropSnapshot)
    if (rows[0]?.taken) return
    await delay(pollMs, undefined, { signal })
  }
}

async function holderOf(transaction: Session, key: string): Promise<string> {
  const { rows } = await transaction.query<{ holder: string }>(sql`
    select pg_catalog.format('%s (pid %s)', coalesce(nullif(a.application_name, ''), 'somebody'), a.pid) as holder
    from pg_catalog.pg_locks l
    join pg_catalog.pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.objsubid = 1
      and l.database = (select oid from pg_catalog.pg_database where datname = current_database())
      and (l.classid::bigint << 32 | l.objid::bigint) = pg_catalog.hashtextextended(${key}, 0)`)
  return rows[0]?.holder ?? 'somebody'
}
