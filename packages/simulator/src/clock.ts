import { ConfigurationError } from '@strata/core'
import { EPOCH } from './content/epoch.ts'

/** The time in the simulated world. It never goes back, and never beyond the real time. */
export interface SimulatedClock {
  now(): Date
  /** Forward by milliseconds, or to a date; what would lead back leaves it where it is. */
  advance(by: number | Date): void
}

/** A clock in memory. Throws `ConfigurationError` for a start before the epoch, 2024-03-01T00:00:00Z. */
export function createClock(start: Date = new Date(EPOCH)): SimulatedClock {
  if (!(start.getTime() >= EPOCH)) {
    throw new ConfigurationError({
      code: 'SIMULATOR_CLOCK_TOO_EARLY',
      message: `The simulated clock cannot start at ${Number.isNaN(start.getTime()) ? 'an invalid date' : start.toISOString()}.`,
      hint: `Start it at ${new Date(EPOCH).toISOString()} or later.`,
    })
  }
  let time = Math.min(start.getTime(), Date.now())
  return {
    now: () => new Date(time),
    advance(by) {
      time = advancedTime(time, by)
    },
  }
}

/** Where a clock that stands at `time` (ms) stands afterwards. */
export function advancedTime(time: number, by: number | Date): number {
  const wanted = typeof by === 'number' ? time + by : by.getTime()
  if (Number.isNaN(wanted)) throw new Error('A clock was advanced by something that is no time')
  return Math.max(time, Math.min(Math.floor(wanted), Date.now()))
}
