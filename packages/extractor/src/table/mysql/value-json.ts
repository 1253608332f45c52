import { isCalendarDate } from './calendar-date.ts'
import { kindOf } from './column-kind.ts'
import type { MysqlValue } from './mysql-wire.ts'
import { createZoneOffsets } from './zone-offset.ts'

/** JSON text of a value that is not null. Null: a date that no calendar has. */
export type ValueJson = (value: Exclude<MysqlValue, null>) => string | null

/** For a column of the declared type. `timeZone`: the zone that times without one are meant in; null: it is not known. */
export function valueJson(type: string, timeZone: string | null): ValueJson {
  switch (kindOf(type)) {
    case 'number':
    case 'double':
      return /zerofill/i.test(type) ? (value) => withoutZeros(String(value)) : (value) => value as string
    case 'year':
      return (value) => withoutZeros(String(value))
    case 'float':
      return (value) => shortestFloat(String(value))
    case 'bit':
      return (value) => bitNumber(value as Buffer)
    case 'date':
      return (value) => (isCalendarDate(value as string) ? `"${value}"` : null)
    case 'datetime':
      return timeZone === null ? (value) => timeJson(value as string, '') : zonedJson(timeZone)
    case 'timestamp':
      return (value) => timeJson(value as string, 'Z')
    case 'bytes':
    case 'geometry':
      return (value) => `"${(value as Buffer).toString('base64')}"`
    case 'json':
      return (value) => embeddedJson(value as string)
    default:
      return (value) => JSON.stringify(value)
  }
}

/** What a column of this type comes as. */
export function isRead(type: string): 'text' | 'bytes' {
  const kind = kindOf(type)
  return kind === 'bytes' || kind === 'geometry' || kind === 'bit' ? 'bytes' : 'text'
}

export function bitNumber(value: Buffer): string {
  return value.length <= 6
    ? String(value.readUIntBE(0, value.length))
    : BigInt(`0x${value.toString('hex')}`).toString()
}

/** ZEROFILL writes them, and JSON knows no such numbers. */
export function withoutZeros(text: string): string {
  return text.replace(/^0+(?=\d)/, '')
}

/** The shortest text that is the same number in single precision. The server would give six digits, so it is asked in double precision. */
function shortestFloat(text: string): string {
  const number = Number(text)
  for (let digits = 6; digits < 9; digits += 1) {
    const shorter = Number(number.toPrecision(digits))
    if (Math.fround(shorter) === number) return String(shorter)
  }
  return text
}

function timeJson(text: string, zone: string): string | null {
  return isCalendarDate(text) ? `"${text.slice(0, 10)}T${text.slice(11)}${zone}"` : null
}

function zonedJson(timeZone: string): ValueJson {
  const offsetAt = createZoneOffsets(timeZone)
  return (value) =>
    isCalendarDate(value as string) ? timeJson(value as string, offsetAt(value as string)) : null
}

/** A check constraint keeps MariaDB's JSON columns valid, unless it was switched off. */
function embeddedJson(text: string): string {
  try {
    JSON.parse(text)
  } catch {
    return JSON.stringify(text)
  }
  // Line breaks can stand only between the parts of it.
  return /[\n\r\t]/.test(text) ? text.replace(/[\n\r\t]/g, ' ') : text
}
