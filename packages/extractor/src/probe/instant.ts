/**
 * The instant that a value of a record names, in UTC with six decimals, so that texts compare as instants do:
 * `2024-05-01T10:00:00.123456Z`. What names no zone is in UTC. Null: it names none.
 */
export function instantOf(value: unknown): string | null {
  if (typeof value === 'number') return fromEpoch(value)
  if (typeof value !== 'string') return null
  const ticks = /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/.exec(value)?.[1]
  if (ticks !== undefined) return fromMilliseconds(Number(ticks), '000')
  const match = isoPattern.exec(value)
  if (match === null) return null
  const [, date, time = '00:00', seconds = ':00', decimals = '', zone = 'Z'] = match
  const digits = decimals.slice(1, 7).padEnd(6, '0')
  const offset = zone
    .replace(/^(.\d\d):?(\d\d)?$/, (_, hours, minutes = '00') => `${hours}:${minutes}`)
    .toUpperCase()
  const at = Date.parse(`${date}T${time}${seconds}.${digits.slice(0, 3)}${offset}`)
  return isDay(date!) ? fromMilliseconds(at, digits.slice(3)) : null
}

/** How a value writes an instant, as far as can be seen. */
export type InstantLook = 'zoned' | 'naive' | 'date' | 'seconds' | 'milliseconds' | 'ticks'

/** Null: it looks like no instant. */
export function instantLook(value: unknown): InstantLook | null {
  if (instantOf(value) === null) return null
  if (typeof value === 'number') return value < firstMilliseconds ? 'seconds' : 'milliseconds'
  const [, , time, , , zone] = isoPattern.exec(String(value)) ?? []
  if (String(value).startsWith('/')) return 'ticks'
  if (time === undefined) return 'date'
  return zone === undefined ? 'naive' : 'zoned'
}

const isoPattern =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(\.\d+)?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i

/** From 1990 to 2100. */
const [firstSecond, lastSecond] = [631_152_000, 4_102_444_800]
const firstMilliseconds = firstSecond * 1000

function fromEpoch(value: number): string | null {
  if (value >= firstSecond && value <= lastSecond) return fromMilliseconds(Math.floor(value * 1000), '000')
  const isMilliseconds = value >= firstMilliseconds && value <= lastSecond * 1000
  return isMilliseconds ? fromMilliseconds(Math.floor(value), '000') : null
}

function fromMilliseconds(at: number, micros: string): string | null {
  const date = new Date(at)
  if (Number.isNaN(at) || Number.isNaN(date.getTime())) return null
  return /^\d{4}-/.test(date.toISOString()) ? date.toISOString().replace('Z', `${micros}Z`) : null
}

/** Date.parse rolls 30 February over to March. */
function isDay(date: string): boolean {
  const at = Date.parse(date)
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === date
}
