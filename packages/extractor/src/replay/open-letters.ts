import type { Database } from '@strata/core'
import sql from 'sql-template-tag'
import { hasLanded } from '../status/landing-tables.ts'
import { isMeant, type LetterFilter } from './letter-filter.ts'

/** Open dead letters of one job, instance and reason. */
export interface OpenLetters {
  /** `source.table` */
  readonly job: string
  readonly instanceId: number
  readonly reason: string
  readonly letters: number
}

/** Which letters are open, by job, instance and reason. */
export async function readOpenLetters(
  database: Database,
  landingSchema: string,
  filter: LetterFilter = { reason: null, ids: null },
): Promise<readonly OpenLetters[]> {
  if (!(await hasLanded(database, landingSchema))) return []
  const { rows } = await database.query<OpenLetters>(sql`
    select l.job, l.instance_id as "instanceId", l.reason, count(*)::float8 as letters
    from strata.dead_letters l where ${isMeant(landingSchema, filter)}
    group by l.job, l.instance_id, l.reason order by l.job, l.instance_id, l.reason`)
  return rows
}

/** Closes letters that nobody will land. `job`, `instanceId`: those of `OpenLetters`. */
export async function dismissLetters(
  database: Database,
  landingSchema: string,
  { job, instanceId, reason }: Omit<OpenLetters, 'letters'>,
  filter: LetterFilter,
): Promise<number> {
  const { rowCount } = await database.query(sql`
    update strata.dead_letters l set resolved_at = now(), resolution = 'dismissed'
    where ${isMeant(landingSchema, filter)} and l.job = ${job} and l.instance_id = ${instanceId} and l.reason = ${reason}`)
  return rowCount
}
