import { ConfigurationError } from '@strata/core'
import type { Environment } from './environment.ts'

/** What the environment says of landing. */
export interface LandingSettings {
  /** `ETL_PARALLEL_JOBS`: jobs under way at once. Default: 8. */
  readonly parallelJobs: number
  /** `ETL_INCREMENTAL_LOAD`: false: every walk reads everything, whatever the watermarks say. Default: true. */
  readonly incrementalLoad: boolean
}

/** Throws `ConfigurationError` `BAD_VARIABLE`. */
export function landingSettings(environment: Environment): LandingSettings {
  return {
    parallelJobs: parallelJobs(environment['ETL_PARALLEL_JOBS']?.trim() ?? ''),
    incrementalLoad: incrementalLoad(environment['ETL_INCREMENTAL_LOAD']?.trim() ?? ''),
  }
}

const mostJobs = 64

function parallelJobs(text: string): number {
  if (text === '') return 8
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= mostJobs) return count
  throw new ConfigurationError({
    code: 'BAD_VARIABLE',
    message: `ETL_PARALLEL_JOBS is "${text}"`,
    hint: `It is how many jobs land at once: a whole number from 1 to ${mostJobs}.`,
  })
}

function incrementalLoad(text: string): boolean {
  if (/^(|1|true|t|yes|y|on)$/i.test(text)) return true
  if (/^(0|false|f|no|n|off)$/i.test(text)) return false
  throw new ConfigurationError({
    code: 'BAD_VARIABLE',
    message: `ETL_INCREMENTAL_LOAD is "${text}"`,
    hint: 'It is true (jobs read what has changed) or false (jobs read everything).',
  })
}
