import { TemplateError } from '../../template-error.ts'
import { repr } from '../../values/print.ts'
import { dayNames, daysInMonth, daysOf, daysOfIsoWeek, monthNames, weekdayOf } from './calendar.ts'
import type { Moment } from './strftime.ts'

const digits: { readonly [directive: string]: string } = {
  d: '3[01]|[12]\\d|0[1-9]|[1-9]| [1-9]',
  f: '\\d{1,6}',
  G: '\\d{4}',
  H: '2[0-3]|[01]\\d|\\d',
  I: '1[0-2]|0[1-9]|[1-9]',
  j: '36[0-6]|3[0-5]\\d|[12]\\d\\d|0[1-9]\\d|00[1-9]|[1-9]\\d|0[1-9]|[1-9]',
  m: '1[0-2]|0[1-9]|[1-9]',
  M: '[0-5]\\d|\\d',
  S: '6[01]|[0-5]\\d|\\d',
  u: '[1-7]',
  U: '5[0-3]|[0-4]\\d|\\d',
  V: '5[0-3]|0[1-9]|[1-4]\\d|\\d',
  w: '[0-6]',
  W: '5[0-3]|[0-4]\\d|\\d',
  y: '\\d\\d',
  Y: '\\d{4}',
  z: '[+-]\\d\\d:?[0-5]\\d(?::?[0-5]\\d(?:\\.\\d{1,6})?)?|[zZ]',
  Z: 'utc|gmt',
  p: 'am|pm',
  a: names(dayNames, 3),
  A: names(dayNames, 9),
  b: names(monthNames, 3),
  B: names(monthNames, 9),
}
const composed: { readonly [directive: string]: string } = {
  c: '%a %b %d %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
}

/** Text read by a format of Python's directives. Throws `TemplateError` where they do not fit. */
export function strptime(text: string, format: string): Moment {
  const found = read(text, format)
  const number = (directive: string): number | null => {
    const part = found.get(directive)
    return part === undefined ? null : Number(part)
  }
  const index = (directive: string, list: readonly string[]): number | null => {
    const part = found.get(directive)?.toLowerCase()
    return part === undefined ? null : list.findIndex((name) => name.toLowerCase().startsWith(part))
  }
  const short = number('y')
  const year = number('Y') ?? (short === null ? null : short + (short < 69 ? 2000 : 1900))
  const month = index('B', monthNames) ?? index('b', monthNames)
  const sunday = number('w')
  const monday = number('u')
  const weekday =
    index('A', dayNames) ??
    index('a', dayNames) ??
    (sunday === null ? null : (sunday + 6) % 7) ??
    (monday === null ? null : monday - 1)
  const days = dayOf({ year, month: month === null ? number('m') : month + 1, weekday, number })

  const half = found.get('p')?.toLowerCase()
  const hour12 = number('I')
  const hour = number('H') ?? (hour12 === null ? 0 : (hour12 % 12) + (half === 'pm' ? 12 : 0))
  const micros = Number((found.get('f') ?? '').padEnd(6, '0'))
  const clock = ((hour * 60 + (number('M') ?? 0)) * 60 + (number('S') ?? 0)) * 1e6 + micros
  return { days, clock, offset: offsetOf(found.get('z')), zoneName: found.get('Z') ?? null }
}

interface DayParts {
  readonly year: number | null
  readonly month: number | null
  readonly weekday: number | null
  readonly number: (directive: string) => number | null
}

function dayOf({ year, month, weekday, number }: DayParts): number {
  const isoYear = number('G')
  const isoWeek = number('V')
  if (isoYear !== null && isoWeek !== null && weekday !== null) {
    return daysOfIsoWeek({ year: isoYear, week: isoWeek, weekday: weekday + 1 })
  }
  const first = daysOf({ year: year ?? 1900, month: 1, day: 1 })
  const ordinal = number('j')
  if (ordinal !== null) return first + ordinal - 1
  const sundayWeek = number('U')
  const week = sundayWeek ?? number('W')
  if (week !== null && weekday !== null && year !== null) {
    const from = sundayWeek === null ? 0 : 6
    const firstStart = first + ((from - weekdayOf(first) + 7) % 7)
    return firstStart + (week - 1) * 7 + ((weekday - from + 7) % 7)
  }
  const day = number('d') ?? 1
  if (day > daysInMonth(year ?? 1900, month ?? 1)) throw new TemplateError('day is out of range for month')
  return daysOf({ year: year ?? 1900, month: month ?? 1, day })
}

function read(text: string, format: string): Map<string, string> {
  const found: string[] = []
  const pattern = pieces(format)
    .map((piece) => {
      if (!piece.startsWith('%')) {
        return piece.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/\s+/g, '\\s+')
      }
      const directive = piece.slice(1)
      if (directive === '%') return '%'
      const body = Object.hasOwn(digits, directive) ? digits[directive]! : null
      if (body === null) throw new TemplateError(`"%${directive}" is no directive that strptime() reads`)
      if (found.includes(directive)) throw new TemplateError(`"%${directive}" stands twice in the format`)
      found.push(directive)
      return `(${body})`
    })
    .join('')
  const match = new RegExp(`^${pattern}`, 'i').exec(text)
  if (match === null) {
    throw new TemplateError(`${repr(text)} does not match the format ${repr(format)}`)
  }
  if (match[0].length < text.length) {
    throw new TemplateError(`${repr(text)} goes on after what the format ${repr(format)} describes`)
  }
  return new Map(found.map((directive, position) => [directive, match[position + 1]!]))
}

function pieces(format: string): string[] {
  const expanded = format.replace(/%([cxX])/g, (_, directive: string) => composed[directive]!)
  return expanded.match(/%[\s\S]|[^%]+|%$/g) ?? []
}

function offsetOf(text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^z$/i.test(text)) return 0
  const [hours = '0', minutes = '0', seconds = '0'] = text.slice(1).match(/\d\d/g) ?? []
  const size = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)
  return text.startsWith('-') ? -size : size
}

function names(list: readonly string[], length: number): string {
  return list.map((name) => name.slice(0, length)).join('|')
}
