import { parseMoment } from '@strata/compiler'
import { ConfigurationError } from '@strata/core'

/** The moment that an option names, ISO 8601, UTC. Throws `ConfigurationError` with `code`. */
export function optionMoment(option: string, written: string, code: string): string {
  const moment = parseMoment(written)
  if (moment !== null) return moment
  throw new ConfigurationError({
    code,
    message: `${option} is ${JSON.stringify(written)}, which is no date or time`,
    hint: 'Write it as 2024-01-31 or 2024-01-31T06:00; without an offset it is UTC.',
  })
}
