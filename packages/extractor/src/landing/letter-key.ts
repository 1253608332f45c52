import type { Job } from '@strata/core'
import { isKeyedById } from '@strata/core'
import { fieldText, recordText } from '../job-identity.ts'

/** SQL: the key of a record in `strata.dead_letters`, as the bronze table has it; null when a part of it is missing. */
export function letterKey(job: Job): string {
  if (isKeyedById(job)) return "nullif(record->>'id', '')"
  const parts = job.key.map((part) =>
    'field' in part
      ? fieldText('record', part.field)
      : 'parameter' in part
        ? `coalesce(${fieldText('slice::jsonb', [part.parameter])}, '')`
        : recordText('record'),
  )
  const missing = parts.map((part) => `${part} is null`).join(' or ')
  return `case when ${missing} then null else pg_catalog.jsonb_build_array(${parts.join(', ')})::text end`
}
