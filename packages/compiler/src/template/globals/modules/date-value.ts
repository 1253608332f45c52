import { asInteger, asText, bind } from '../../evaluate/bind.ts'
import { TemplateError } from '../../template-error.ts'
import { tuple } from '../../values/collections.ts'
import { isNumber, toNumber } from '../../values/number.ts'
import type { Arguments, HostObject, Value } from '../../values/value.ts'
import { type CalendarDate, dateOf, isoWeekOf, maxDay, minDay, weekdayOf } from './calendar.ts'
import type { Clock } from './clock.ts'
import { checkedDays, parseIsoDate } from './iso-format.ts'
import { type ClassDefinition, type PythonClass, pythonClass } from './python-class.ts'
import { type Moment, strftime } from './strftime.ts'
import { readTimedelta, timedelta } from './timedelta-value.ts'

/** A day: days since 1970-01-01. */
export interface DateParts {
  readonly days: number
}

const dayMicros = 86_400_000_000n
/** Day 1 of year 1 has ordinal 1. */
const firstOrdinal = 1 - minDay

/** The `date` class, whose `today()` asks the clock. */
export function dateClass(clock: Clock): HostObject {
  const own = dates.value
  const today = (): Value => date(Number(clock() / 86_400_000_000n))
  return {
    ...own,
    attribute: (name) => (name === 'today' ? { kind: 'function', name, call: today } : own.attribute(name)),
  }
}

/** What dates and datetimes have in common. */
export function dayMembers<T>(
  momentOf: (self: T) => Moment,
): Required<Pick<ClassDefinition<T & object>, 'fields' | 'methods' | 'format'>> {
  const part =
    (name: keyof CalendarDate) =>
    (self: T): number =>
      dateOf(momentOf(self).days)[name]
  return {
    format: (self, specification) => strftime(momentOf(self), specification),
    fields: { year: part('year'), month: part('month'), day: part('day') },
    methods: {
      strftime(self, args) {
        const [format] = bind(args, 'strftime()', ['format'], 1)
        return strftime(momentOf(self), asText(format, ''))
      },
      weekday: (self) => weekdayOf(momentOf(self).days),
      isoweekday: (self) => weekdayOf(momentOf(self).days) + 1,
      isocalendar(self) {
        const { year, week, weekday } = isoWeekOf(momentOf(self).days)
        return { ...tuple([year, week, weekday]), names: ['year', 'week', 'weekday'] }
      },
      toordinal: (self) => momentOf(self).days + firstOrdinal,
      ctime: (self) => strftime(momentOf(self), '%c'),
    },
  }
}

const common = dayMembers<DateParts>(({ days }) => ({ days, clock: 0, offset: null, zoneName: null }))

const dates: PythonClass<DateParts> = pythonClass<DateParts>({
  name: 'datetime.date',
  construct: (args) => date(dayFromArguments(args, 'date()')),
  statics: {
    fromisoformat(args) {
      const [text] = bind(args, 'fromisoformat()', ['date_string'], 1)
      const { days, rest } = parseIsoDate(asText(text, ''))
      if (rest !== '') throw new TemplateError('fromisoformat() of a date with something after it')
      return date(days)
    },
    fromordinal(args) {
      const [ordinal] = bind(args, 'fromordinal()', ['ordinal'], 1)
      return date(asInteger(ordinal, 1) - firstOrdinal)
    },
    fromtimestamp(args) {
      const [seconds] = bind(args, 'fromtimestamp()', ['timestamp'], 1)
      if (!isNumber(seconds!)) throw new TemplateError('fromtimestamp() takes a number of seconds')
      return date(Math.floor(toNumber(seconds) / 86_400))
    },
  },
  fields: common.fields,
  methods: {
    ...common.methods,
    isoformat: ({ days }) => dateText(days),
    replace(self, args) {
      const [year, month, day] = bind(args, 'replace()', ['year', 'month', 'day'])
      const old = dateOf(self.days)
      return date(
        checkedDays(asInteger(year, old.year), asInteger(month, old.month), asInteger(day, old.day)),
      )
    },
  },
  text: ({ days }) => dateText(days),
  repr: ({ days }) => {
    const { year, month, day } = dateOf(days)
    return `datetime.date(${year}, ${month}, ${day})`
  },
  format: common.format,
  identity: ({ days }) => String(days),
  operate({ days }, operator, other, reflected) {
    const span = readTimedelta(other)
    if (span !== undefined) {
      const whole = Number(span.micros / dayMicros - (span.micros % dayMicros < 0n ? 1n : 0n))
      if (operator === '+') return date(days + whole)
      return operator === '-' && !reflected ? date(days - whole) : undefined
    }
    const earlier = dates.read(other)
    if (operator !== '-' || earlier === undefined || reflected) return undefined
    return timedelta(BigInt(days - earlier.days) * dayMicros)
  },
  order({ days }, other) {
    const more = dates.read(other)
    return more === undefined ? undefined : days - more.days
  },
})

export const readDate = dates.read

export function date(days: number): HostObject {
  if (days < minDay || days > maxDay) throw new TemplateError('a date outside of the years 1 to 9999')
  return dates.create({ days })
}

/** `(year, month, day)` as days since 1970-01-01. */
export function dayFromArguments(args: Arguments, what: string): number {
  const [year, month, day] = bind(args, what, ['year', 'month', 'day'], 3)
  return checkedDays(asInteger(year, 0), asInteger(month, 0), asInteger(day, 0))
}

export function dateText(days: number): string {
  const { year, month, day } = dateOf(days)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
}
