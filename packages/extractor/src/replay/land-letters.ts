import type { Database, Queryable, SessionOptions } from '@strata/core'
import { quoteRelation, SourceError } from '@strata/core'
import sql, { raw } from 'sql-template-tag'
import { jobIdentity } from '../job-identity.ts'
import {
  type LandedRow,
  type LandingPlace,
  landingStatement,
  type PageContent,
} from '../landing/landing-statement.ts'
import { rememberSeen } from '../landing/seen-records.ts'

export interface LandRecordsOptions extends SessionOptions {
  readonly place: LandingPlace
  readonly body: string
  readonly marked: boolean
  /** The source's clock, or ours. ISO 8601. */
  readonly serverTime: string
  /** The letters that are resolved with it. */
  readonly letters: readonly string[]
}

/**
 * Lands the text of a page, and resolves the letters for whose sake it is, in one transaction; no watermark moves. Null, and
 * nothing is written, where the text holds no list of records. Throws `SourceError` `RUN_SUPERSEDED`, `DatabaseError`.
 */
export async function landRecords(
  database: Database,
  { place, body, marked, serverTime, letters, ...session }: LandRecordsOptions,
): Promise<LandedRow | null> {
  const page: PageContent = {
    body,
    marked,
    cursorBound: serverTime,
    serverTime,
    candidate: null,
    parameters: place.parameters,
  }
  return await database.transaction(async (transaction) => {
    const { rows } = await transaction.query<LandedRow>(landingStatement(place, [page], { seen: true }))
    const landed = rows[0]
    if (landed === undefined) throw new Error('the landing statement returned no row')
    if (landed.shape === 'other') return null
    // A walk over everything that was cut off may not bring it, nor mark it gone.
    await rememberSeen(transaction, place, [{ parameters: place.parameters, seen: landed.seen }])
    await resolveLetters(transaction, letters, 'replayed')
    await count(transaction, place, landed.received - landed.quarantined)
    return landed
  }, session)
}

export async function resolveLetters(
  database: Queryable,
  letters: readonly string[],
  resolution: 'replayed' | 'superseded',
): Promise<void> {
  await database.query(sql`
    update strata.dead_letters set resolved_at = now(), resolution = ${resolution}
    where id = any(${[...letters]}::bigint[]) and resolved_at is null`)
}

async function count(transaction: Queryable, place: LandingPlace, accepted: number): Promise<void> {
  const runs = raw(quoteRelation({ schema: place.landingSchema, name: 'dw_etl_runs' }))
  const { rowCount } = await transaction.query(sql`
    update ${runs} set records_loaded = records_loaded + ${accepted}::integer
    where run_id = ${place.runId}::integer and run_status = 'running'`)
  if (rowCount > 0) return
  throw new SourceError({
    code: 'RUN_SUPERSEDED',
    message: `another process took over ${jobIdentity(place.job)} of instance ${place.instanceId}`,
    hint: 'our connection that held the job was cut; what was landed is complete, and the other letters are still open: replay them again',
  })
}
