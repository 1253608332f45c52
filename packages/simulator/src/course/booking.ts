import { drawChance, drawInteger, drawUnit, type Key } from '../content/draw.ts'
import { DAY, isOfWeekend } from '../content/epoch.ts'

const HOUR = 3_600_000

/** Something that is to happen at a time, and what becomes of it. Times in ms; infinite where something never happens. */
export interface Booking {
  readonly created: number
  /** When it was to begin at first. */
  readonly firstStart: number
  /** When it was put off. */
  readonly movedAt: number
  /** When it is to begin in the end. */
  readonly start: number
  readonly confirmedAt: number
  /** When its outcome is known. */
  readonly closedAt: number
  readonly outcome: Outcome
}

export type Outcome = 'kept' | 'missed' | 'cancelled'

export interface BookingTerms {
  readonly created: number
  /** Day (ms) for which it is booked. */
  readonly day: number
  /** What is not over by this time is cancelled. */
  readonly endsAt: number
  /** Shares of those that are missed, cancelled and put off. */
  readonly missed: number
  readonly cancelled: number
  readonly moved: number
  /** Share of those whose outcome is written down only days or weeks later; absent: 0. */
  readonly late?: number
}

/** Takes the salts 1 to 10 of the key. */
export function book(key: Key, terms: BookingTerms): Booking {
  const { created, day, endsAt } = terms
  const timeOfDay = 8 * HOUR + drawInteger(key, 1, 0, 32) * 15 * 60_000
  const firstStart = weekdayNear(day, key, 7) + timeOfDay
  const isMoved = firstStart - created > 3 * DAY && drawChance(key, 2, terms.moved)
  const movedAt = created + Math.floor(drawUnit(key, 3) * (firstStart - created))
  const start = isMoved ? weekdayNear(day + drawInteger(key, 4, 2, 9) * DAY, key, 8) + timeOfDay : firstStart
  const booked = isMoved ? movedAt : created

  const chance = drawUnit(key, 5)
  const outcome =
    chance < terms.missed ? 'missed' : chance < terms.missed + terms.cancelled ? 'cancelled' : 'kept'
  const lateness = drawChance(key, 9, terms.late ?? 0) ? drawInteger(key, 10, 3, 30) * DAY : 0
  const known =
    outcome === 'cancelled' && start > booked
      ? booked + Math.ceil((start - booked) * (0.5 + 0.45 * drawUnit(key, 6)))
      : Math.max(start, created) + 2 * HOUR + Math.floor(drawUnit(key, 6) * 8 * HOUR) + lateness

  const isCut = endsAt < known
  const closedAt = isCut ? Math.max(endsAt, created) : known
  // What was over before it could be put off was not.
  const isInTime = isMoved && movedAt < closedAt
  const lastStart = isInTime || !isMoved ? start : firstStart
  const confirmedAt = lastStart - 2 * DAY
  const canBeConfirmed = confirmedAt > (isInTime ? movedAt : created) && confirmedAt < closedAt
  return {
    created,
    firstStart,
    movedAt: isInTime ? movedAt : Number.POSITIVE_INFINITY,
    start: lastStart,
    confirmedAt: canBeConfirmed ? confirmedAt : Number.POSITIVE_INFINITY,
    closedAt,
    outcome: isCut ? 'cancelled' : outcome,
  }
}

/** The Friday before or the Monday after, but for few: sites hardly ever see anybody at weekends. */
function weekdayNear(day: number, key: Key, salt: number): number {
  if (!isOfWeekend(day) || drawChance(key, salt, 0.05)) return day
  return isOfWeekend(day + DAY) ? day - DAY : day + DAY
}

/** When it is to begin as things stand at a time. */
export function startAt({ movedAt, firstStart, start }: Booking, now: number): number {
  return now >= movedAt ? start : firstStart
}

/** The latest of some times that has come; the first of them always has. */
export function latest(now: number, first: number, ...others: readonly number[]): number {
  let time = first
  for (const other of others) if (other <= now && other > time) time = other
  return time
}
