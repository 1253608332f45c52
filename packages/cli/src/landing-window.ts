import { parseMoment } from '@strata/compiler'
import { ConfigurationError } from '@strata/core'

export interface LandingWindowOptions {
  readonly since?: string
  readonly until?: string
}

/** A span of change times: those at or after `since`, before `until`. ISO 8601, UTC; null: open on that side. */
export interface LandingWindow {
  readonly since: string | null
  readonly until: string | null
}

/** What `--since` and `--until` ask for; null: neither is given. Throws `ConfigurationError` `BAD_WINDOW`. */
export function landingWindow({ since, until }: LandingWindowOptions): LandingWindow | null {
  if (since === undefined && until === undefined) return null
  const window = {
    since: since === undefined ? null : momentOf('--since', since),
    until: until === undefined ? null : momentOf('--until', until),
  }
  if (window.since !== null && window.until !== null && window.until <= window.since)
    throw refused(
      `--until ${until} is not later than --since ${since}`,
      'The end is no part of what is landed: for one day, give the next one.',
    )
  return window
}

function momentOf(option: string, written: string): string {
  const moment = parseMoment(written)
  if (moment !== null) return moment
  throw refused(
    `${option} is ${JSON.stringify(written)}, which is no date or time`,
    'Write it as 2024-01-31 or 2024-01-31T06:00; without an offset it is UTC.',
  )
}

function refused(message: string, hint: string): ConfigurationError {
  return new ConfigurationError({ code: 'BAD_WINDOW', message, hint })
}
