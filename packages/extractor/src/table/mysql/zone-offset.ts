import { tzOffset } from '@date-fns/tz'

/** What a wall clock in a zone says at an instant: `2024-05-01 10:00:00.123456`. `utc` is the same in UTC. */
export function wallClock(utc: string, timeZone: string): string {
  const at = Date.parse(`${utc.slice(0, 19).replace(' ', 'T')}Z`)
  const local = new Date(at + Math.round(tzOffset(timeZone, new Date(at)) * 60_000))
  return `${local.toISOString().slice(0, 19).replace('T', ' ')}${utc.slice(19)}`
}

/**
 * Gives the offset of a zone at a wall clock time of it, `2024-05-01 10:00:00`, as ISO 8601 writes it: `-04:00`. Where clocks are put forward,
 * a time that they skip has the offset before; where they are put back, a time that they show twice has the offset after: so does Postgres.
 * Offsets of the nineteenth century and before are cut to minutes.
 */
export function createZoneOffsets(timeZone: string): (wall: string) => string {
  const ofHour = new Map<string, string | null>()
  return (wall) => {
    const hour = wall.slice(0, 13)
    let offset = ofHour.get(hour)
    if (offset === undefined) {
      offset = sameAllHour(timeZone, hour)
      if (ofHour.size >= mostHours) ofHour.clear()
      ofHour.set(hour, offset)
    }
    return offset ?? offsetAt(timeZone, wall)
  }
}

/** Eleven years; more are asked for again. */
const mostHours = 100_000

/** Null: it changes within the hour. */
function sameAllHour(timeZone: string, hour: string): string | null {
  const first = offsetAt(timeZone, `${hour}:00:00`)
  return first === offsetAt(timeZone, `${hour}:30:00`) && first === offsetAt(timeZone, `${hour}:59:59`)
    ? first
    : null
}

const day = 24 * 60 * 60_000

function offsetAt(timeZone: string, wall: string): string {
  const local = Date.parse(`${wall.slice(0, 10)}T${wall.slice(11, 19)}Z`)
  const offset = (at: number): number => tzOffset(timeZone, new Date(at))
  const before = offset(local - day)
  const after = offset(local + day)
  const holds = (minutes: number): boolean => offset(local - minutes * 60_000) === minutes
  return describeOffset(before === after || !holds(after) ? before : after)
}

function describeOffset(minutes: number): string {
  const whole = Math.trunc(Math.abs(minutes))
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${minutes < 0 ? '-' : '+'}${two(Math.trunc(whole / 60))}:${two(whole % 60)}`
}
