import { ConfigurationError } from '@strata/core'
import { optionMoment } from './option-moment.ts'

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
    since: since === undefined ? null : optionMoment('--since', since, 'BAD_WINDOW'),
    until: until === undefined ? null : optionMoment('--until', until, 'BAD_WINDOW'),
  }
  if (window.since !== null && window.until !== null && window.until <= window.since)
    throw refused(
      `--until ${until} is not later than --since ${since}`,
      'The end is no part of what is landed: for one day, give the next one.',
    )
  return window
}

function refused(message: string, hint: string): ConfigurationError {
  return new ConfigurationError({ code: 'BAD_WINDOW', message, hint })
}
