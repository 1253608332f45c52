import { parseMoment } from '@strata/compiler'
import { type BatchSettings, ConfigurationError } from '@strata/core'

export interface EventSpanOptions {
  readonly eventTimeStart?: string
  readonly eventTimeEnd?: string
}

/** The batches that `--event-time-start` and `--event-time-end` ask for. Throws `ConfigurationError`. */
export function eventSpan(options: EventSpanOptions): {
  readonly batches?: NonNullable<BatchSettings['only']>
} {
  const { eventTimeStart, eventTimeEnd } = options
  if (eventTimeStart === undefined && eventTimeEnd === undefined) return {}
  if (eventTimeStart === undefined)
    throw refused(
      '--event-time-end stands without --event-time-start',
      'Say from when on batches are to be done.',
    )
  const from = momentOf('--event-time-start', eventTimeStart)
  const to = eventTimeEnd === undefined ? null : momentOf('--event-time-end', eventTimeEnd)
  if (to !== null && to <= from)
    throw refused(
      `--event-time-end ${eventTimeEnd} is not later than --event-time-start ${eventTimeStart}`,
      'The end is no part of what is done: for one day, give the next one.',
    )
  return { batches: { from, to } }
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
  return new ConfigurationError({ code: 'BAD_EVENT_TIME', message, hint })
}
