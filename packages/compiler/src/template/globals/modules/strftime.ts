import { dateOf, dayNames, dayOfYear, isoWeekOf, monthNames, weekdayOf } from './calendar.ts'
import { offsetText } from './zone-value.ts'

/** What `strftime` shows. */
export interface Moment {
  /** Days since 1970-01-01. */
  readonly days: number
  /** Microseconds of the day. */
  readonly clock: number
  /** Seconds east of UTC; null: unknown, and shown as nothing. */
  readonly offset: number | null
  readonly zoneName: string | null
}

/** A moment in Python's directives, and those of the GNU C library that Python passes on (`%-d`, `%e`, `%F`, `%s`). */
export function strftime(moment: Moment, format: string): string {
  return format.replace(/%([-_0^#]?)(:?[A-Za-z%])/g, (whole, flag: string, directive: string) => {
    const shown = show(moment, directive)
    if (shown === undefined) return whole
    const { text, pad } = shown
    switch (flag) {
      case '-':
        return text
      case '_':
        return text.padStart(pad, ' ')
      case '^':
        return text.padStart(pad, shown.fill).toUpperCase()
      case '#':
        return directive === 'Z' || directive === 'p' ? text.toLowerCase() : text.toUpperCase()
      case '0':
        return text.padStart(pad, '0')
      default:
        return text.padStart(pad, shown.fill)
    }
  })
}

interface Shown {
  readonly text: string
  readonly pad: number
  readonly fill: '0' | ' '
}

function show(moment: Moment, directive: string): Shown | undefined {
  const { days, clock } = moment
  const { year, month, day } = dateOf(days)
  const seconds = Math.floor(clock / 1e6)
  const hour = Math.floor(seconds / 3600)
  const minute = Math.floor(seconds / 60) % 60
  const weekday = weekdayOf(days)
  const number = (value: number, pad: number, fill: '0' | ' ' = '0'): Shown => ({
    text: String(value),
    pad,
    fill,
  })
  const text = (value: string): Shown => ({ text: value, pad: 0, fill: ' ' })
  const all = (format: string): Shown => text(strftime(moment, format))
  switch (directive) {
    case 'a':
      return text(dayNames[weekday]!.slice(0, 3))
    case 'A':
      return text(dayNames[weekday]!)
    case 'b':
    case 'h':
      return text(monthNames[month - 1]!.slice(0, 3))
    case 'B':
      return text(monthNames[month - 1]!)
    case 'c':
      return all('%a %b %e %H:%M:%S %Y')
    case 'C':
      return number(Math.floor(year / 100), 0)
    case 'd':
      return number(day, 2)
    case 'D':
    case 'x':
      return all('%m/%d/%y')
    case 'e':
      return number(day, 2, ' ')
    case 'f':
      return number(clock % 1e6, 6)
    case 'F':
      return all('%Y-%m-%d')
    case 'g':
      return number(isoWeekOf(days).year % 100, 2)
    case 'G':
      return number(isoWeekOf(days).year, 0)
    case 'H':
      return number(hour, 2)
    case 'I':
      return number(hour % 12 || 12, 2)
    case 'j':
      return number(dayOfYear(days), 3)
    case 'k':
      return number(hour, 2, ' ')
    case 'l':
      return number(hour % 12 || 12, 2, ' ')
    case 'm':
      return number(month, 2)
    case 'M':
      return number(minute, 2)
    case 'n':
      return text('\n')
    case 'p':
      return text(hour < 12 ? 'AM' : 'PM')
    case 'P':
      return text(hour < 12 ? 'am' : 'pm')
    case 'r':
      return all('%I:%M:%S %p')
    case 'R':
      return all('%H:%M')
    case 's':
      return number(days * 86_400 + seconds, 0)
    case 'S':
      return number(seconds % 60, 2)
    case 't':
      return text('\t')
    case 'T':
    case 'X':
      return all('%H:%M:%S')
    case 'u':
      return number(weekday + 1, 0)
    case 'U':
      return number(Math.floor((dayOfYear(days) + 6 - ((weekday + 1) % 7)) / 7), 2)
    case 'V':
      return number(isoWeekOf(days).week, 2)
    case 'w':
      return number((weekday + 1) % 7, 0)
    case 'W':
      return number(Math.floor((dayOfYear(days) + 6 - weekday) / 7), 2)
    case 'y':
      return number(year % 100, 2)
    case 'Y':
      return number(year, 0)
    case 'z':
      return text(moment.offset === null ? '' : offsetText(moment.offset, ''))
    case ':z':
      return text(moment.offset === null ? '' : offsetText(moment.offset))
    case 'Z':
      return text(moment.zoneName ?? '')
    case '%':
      return text('%')
    default:
      return undefined
  }
}
