import { TemplateError } from '../../template-error.ts'
import { repr } from '../../values/print.ts'
import { daysInMonth, daysOf, daysOfIsoWeek } from './calendar.ts'

const datePattern = /^(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d)|-?W(\d\d)(?:-?([1-7]))?)/
const timePattern =
  /^(\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?(Z|[+-]\d\d(?::?\d\d(?::?\d\d(?:\.\d+)?)?)?)?$/i

export interface IsoTime {
  /** Microseconds of the day. */
  readonly clock: number
  /** Seconds east of UTC; null where none is given. */
  readonly offset: number | null
}

/** `2020-01-31`, `20200131`, `2020-W05-5` as days since 1970-01-01, and what follows it. */
export function parseIsoDate(text: string): { readonly days: number; readonly rest: string } {
  const match = datePattern.exec(text)
  if (match === null) throw invalid(text)
  const [whole, yearText, month = match[4], day = match[5], , , week, weekday = '1'] = match
  const year = Number(yearText)
  const rest = text.slice(whole.length)
  if (week !== undefined) {
    return { days: daysOfIsoWeek({ year, week: Number(week), weekday: Number(weekday) }), rest }
  }
  return { days: checkedDays(year, Number(month), Number(day)), rest }
}

/** Days since 1970-01-01. Throws for a day that the calendar does not have. */
export function checkedDays(year: number, month: number, day: number): number {
  if (year < 1 || year > 9999) throw new TemplateError(`year ${year} is out of range`)
  if (month < 1 || month > 12) throw new TemplateError('month must be in 1..12')
  if (day < 1 || day > daysInMonth(year, month)) throw new TemplateError('day is out of range for month')
  return daysOf({ year, month, day })
}

/** `10:30`, `10:30:15.5+02:00`, `103015Z` */
export function parseIsoTime(text: string): IsoTime {
  const match = timePattern.exec(text)
  if (match === null) throw invalid(text)
  const [, hour, minute = '0', second = '0', fraction = '', zone] = match
  const clock = checkedClock(
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.slice(0, 6).padEnd(6, '0')),
  )
  if (zone === undefined) return { clock, offset: null }
  if (zone === 'Z' || zone === 'z') return { clock, offset: 0 }
  const [hours = '0', minutes = '0', seconds = '0'] = zone.slice(1).match(/\d\d/g) ?? []
  const size = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
  return { clock, offset: zone.startsWith('-') ? -size : size }
}

/** Microseconds of the day. Throws for a time that no clock shows. */
export function checkedClock(hour: number, minute: number, second: number, micros: number): number {
  if (hour < 0 || hour > 23) throw new TemplateError('hour must be in 0..23')
  if (minute < 0 || minute > 59) throw new TemplateError('minute must be in 0..59')
  if (second < 0 || second > 59) throw new TemplateError('second must be in 0..59')
  if (micros < 0 || micros > 999_999) throw new TemplateError('microsecond must be in 0..999999')
  return ((hour * 60 + minute) * 60 + second) * 1e6 + micros
}

/** `10:30:15.500000`; what `timespec` says decides how far it goes. */
export function clockText(clock: number, timespec = 'auto'): string {
  const seconds = Math.floor(clock / 1e6)
  const micros = clock % 1e6
  const two = (value: number): string => String(value).padStart(2, '0')
  const hour = two(Math.floor(seconds / 3600))
  const minute = `${hour}:${two(Math.floor(seconds / 60) % 60)}`
  const second = `${minute}:${two(seconds % 60)}`
  const fraction = String(micros).padStart(6, '0')
  switch (timespec) {
    case 'hours':
      return hour
    case 'minutes':
      return minute
    case 'seconds':
      return second
    case 'milliseconds':
      return `${second}.${fraction.slice(0, 3)}`
    case 'microseconds':
      return `${second}.${fraction}`
    case 'auto':
      return micros === 0 ? second : `${second}.${fraction}`
    default:
      throw new TemplateError('timespec is auto, hours, minutes, seconds, milliseconds or microseconds')
  }
}

function invalid(text: string): TemplateError {
  return new TemplateError(`${repr(text)} is no date or time in ISO format`)
}
