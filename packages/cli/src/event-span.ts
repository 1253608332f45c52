import { type BatchSettings, ConfigurationError } from '@strata/core'
import { optionMoment } from './option-moment.ts'

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
  const from = optionMoment('--event-time-start', eventTimeStart, 'BAD_EVENT_TIME')
  const to =
    eventTimeEnd === undefined ? null : optionMoment('--event-time-end', eventTimeEnd, 'BAD_EVENT_TIME')
  if (to !== null && to <= from)
    throw refused(
      `--event-time-end ${eventTimeEnd} is not later than --event-time-start ${eventTimeStart}`,
      'The end is no part of what is done: for one day, give the next one.',
    )
  return { batches: { from, to } }
}

function refused(message: string, hint: string): ConfigurationError {
  return new ConfigurationError({ code: 'BAD_EVENT_TIME', message, hint })
}
