import { createHash } from 'node:crypto'
import type { Queryable, SourceError } from '@strata/core'
import sql from 'sql-template-tag'
import { jobIdentity, sliceIdentity } from '../job-identity.ts'
import type { LandingPlace } from './landing-statement.ts'

/** A request for one record that the API cannot answer, or whose answer cannot be stored. */
export interface UnreadableLetter {
  /** Below the instance's base URL. */
  readonly path: string
  readonly query: string
  readonly error: SourceError
}

/** Keeps how to ask for them again; nothing is known of the records themselves. Once each. */
export async function storeUnreadable(
  transaction: Queryable,
  place: LandingPlace,
  letters: readonly UnreadableLetter[],
): Promise<void> {
  for (const { path, query, error } of letters) {
    const request = { path, query }
    const record = { code: error.code, message: error.message }
    const hash = createHash('md5').update(JSON.stringify(request)).digest()
    await transaction.query(sql`
      insert into strata.dead_letters
        (landing_schema, job, instance_id, slice, run_id, reason, record, record_hash, request)
      values (${place.landingSchema}, ${jobIdentity(place.job)}, ${place.instanceId}::integer,
        ${sliceIdentity(place.parameters)}, ${place.runId}::integer, 'unreadable', ${JSON.stringify(record)}::jsonb,
        ${hash}, ${JSON.stringify(request)}::jsonb)
      on conflict (landing_schema, job, instance_id, slice, record_hash) do update
      set run_id = excluded.run_id, resolved_at = null, resolution = null, created_at = now()
      -- What was dismissed is known.
      where dead_letters.resolution is distinct from 'dismissed'`)
  }
}
