/** `2024-1-5` or `2024-01-05` as `2024-01-05`; null for anything else, and for days that do not exist. */
export function parseDate(value: string): string | null {
  const found = /^(\d{4})-(\d{1,2})-( \d|\d{1,2})$/.exec(value.trim())
  return found === null ? null : dateText(Number(found[1]), Number(found[2]), Number(found[3]))
}

/** `2024-01-05 10:11:12`: no fraction, no zone. */
export function parseDatetime(value: string): string | null {
  const found = /^(\S+)\s+(\d{1,2}):(\d{1,2}):(\d{1,2})$/.exec(value.trim())
  const date = found === null ? null : parseDate(found[1]!)
  if (found === null || date === null) return null
  const [hour, minute, second] = [Number(found[2]), Number(found[3]), Number(found[4])]
  if (hour > 23 || minute > 59 || second > 59) return null
  return `${date} ${two(hour)}:${two(minute)}:${two(second)}`
}

/** The forms of ISO 8601 with a `T`, basic and extended, shortened or not; a moment with a zone is given in UTC. */
export function parseIsoDatetime(value: string): string | null {
  const [datePart, timePart, more] = value.trim().split('T')
  if (datePart === undefined || timePart === undefined || more !== undefined) return null
  const date = isoDate(datePart)
  const time = date === null ? null : isoTime(timePart)
  if (date === null || time === null) return null
  const local = `${date} ${two(time.hour)}:${two(time.minute)}:${two(time.second)}`
  const moment = time.offset === 0 ? local : shift(date, time)
  if (moment === null) return null
  return time.microsecond === 0 ? moment : `${moment}.${String(time.microsecond).padStart(6, '0')}`
}

function isoDate(text: string): string | null {
  const calendar = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? /^(\d{4})(\d\d)(\d\d)$/.exec(text)
  if (calendar) return dateText(Number(calendar[1]), Number(calendar[2]) || 1, Number(calendar[3]))
  const week = /^(\d{4})-W(\d\d)(?:-(\d))?$/.exec(text) ?? /^(\d{4})W(\d\d)(\d)?$/.exec(text)
  if (week) return weekDate(Number(week[1]), Number(week[2]), Number(week[3] ?? 1))
  const ordinal = /^(\d{4})-?(\d{3})$/.exec(text)
  if (ordinal) return dayText(Number(ordinal[1]), Number(ordinal[2]) - 1)
  const month = /^(\d{4})-?(\d\d)$/.exec(text)
  if (month) return dateText(Number(month[1]), Number(month[2]) || 1, 1)
  if (/^\d{4}$/.test(text)) return dateText(Number(text), 1, 1)
  return /^\d\d$/.test(text) ? dateText(Number(text) * 100 + 1, 1, 1) : null
}

/** Week 1 is that of January 4th; the day counts from Monday, 1. */
function weekDate(year: number, week: number, day: number): string | null {
  const january4 = utc(year, 1, 4).getUTCDay() || 7
  return dayText(year, 3 - (january4 - 1) + (week - 1) * 7 + day - 1)
}

interface IsoTime {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly microsecond: number
  /** Minutes east of UTC; 0 also where there is no zone. */
  readonly offset: number
}

/** A fraction belongs to the last part that is there: `10,5` is half past ten. */
function isoTime(text: string): IsoTime | null {
  const found =
    /^(\d\d)(?::(\d\d)(?::(\d\d))?)?(?:[.,](\d+))?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/.exec(text) ??
    /^(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,](\d+))?(?:Z|([+-])(\d\d)(?::?(\d\d))?)?$/.exec(text)
  if (found === null) return null
  const [, hour, minute, second, fraction = '0', sign, zoneHour = '0', zoneMinute = '0'] = found
  if (Number(hour) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59) return null
  const offset = Number(zoneHour) * 60 + Number(zoneMinute)
  if (offset >= 24 * 60) return null
  const unit = second !== undefined ? 1n : minute !== undefined ? 60n : 3600n
  const part = (BigInt(fraction) * unit * 1_000_000n) / 10n ** BigInt(fraction.length)
  const micros =
    BigInt(Number(hour) * 3600 + Number(minute ?? 0) * 60 + Number(second ?? 0)) * 1_000_000n + part
  const seconds = Number(micros / 1_000_000n)
  return {
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    microsecond: Number(micros % 1_000_000n),
    offset: sign === '-' ? -offset : offset,
  }
}

/** Null beyond the years 1 to 9999. */
function shift(date: string, time: IsoTime): string | null {
  const moment = utc(Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8)))
  moment.setUTCHours(time.hour, time.minute - time.offset, time.second)
  return inCalendar(moment) ? moment.toISOString().slice(0, 19).replace('T', ' ') : null
}

function dateText(year: number, month: number, day: number): string | null {
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** The day so many days after the first of January. */
function dayText(year: number, days: number): string | null {
  const date = utc(year, 1, 1 + days)
  return year > 0 && inCalendar(date) ? date.toISOString().slice(0, 10) : null
}

function utc(year: number, month: number, day: number): Date {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date
}

function inCalendar(date: Date): boolean {
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}
