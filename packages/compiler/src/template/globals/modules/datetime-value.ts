import { asInteger, asText, bind } from '../../evaluate/bind.ts'
import { TemplateError, typeError } from '../../template-error.ts'
import { tuple } from '../../values/collections.ts'
import { hostFunction } from '../../values/host.ts'
import { float, isFloat, isInteger } from '../../values/number.ts'
import { typeName } from '../../values/type-name.ts'
import type { Arguments, HostArguments, HostObject, Value } from '../../values/value.ts'
import { dateOf, dayOfYear, maxDay, minDay, weekdayOf } from './calendar.ts'
import type { Clock } from './clock.ts'
import { date, dateText, dayFromArguments, dayMembers, readDate } from './date-value.ts'
import { checkedClock, checkedDays, clockText, parseIsoDate, parseIsoTime } from './iso-format.ts'
import { type PythonClass, pythonClass } from './python-class.ts'
import type { Moment } from './strftime.ts'
import { strptime } from './strptime.ts'
import {
  clockArguments,
  clockFields,
  clockNames,
  readTime,
  replacedClock,
  time,
  zoneArgument,
  zoneOf,
  zoneRepr,
  zoneText,
} from './time-value.ts'
import { readTimedelta, timedelta } from './timedelta-value.ts'
import { fixedZone, offsetMethods, readZone, utc } from './zone-value.ts'

/** A wall clock's reading, and the zone it hangs in; without one it is naive. */
export interface DatetimeParts {
  /** Days since 1970-01-01. */
  readonly days: number
  /** Microseconds of the day. */
  readonly clock: number
  readonly tzinfo: HostObject | null
}

const dayMicros = 86_400_000_000n
const names = ['year', 'month', 'day', ...clockNames] as const
const common = dayMembers<DatetimeParts>(momentOf)

const datetimes: PythonClass<DatetimeParts> = pythonClass<DatetimeParts>({
  name: 'datetime.datetime',
  construct(args) {
    const [year, month, day, hour, minute, second, micros, tzinfo] = bind(args, 'datetime()', names, 3)
    const days = dayFromArguments({ positional: [year!, month!, day!], keyword: new Map() }, 'datetime()')
    const clock = checkedClock(
      asInteger(hour, 0),
      asInteger(minute, 0),
      asInteger(second, 0),
      asInteger(micros, 0),
    )
    return datetime({ days, clock, tzinfo: zoneArgument(tzinfo) })
  },
  statics: {
    strptime(args) {
      const [text, format] = bind(args, 'strptime()', ['date_string', 'format'], 2)
      const { days, clock, offset, zoneName } = strptime(asText(text, ''), asText(format, ''))
      return datetime({ days, clock, tzinfo: offset === null ? null : fixedZone(offset, zoneName) })
    },
    fromisoformat(args) {
      const [text] = bind(args, 'fromisoformat()', ['date_string'], 1)
      const { days, rest } = parseIsoDate(asText(text, ''))
      if (rest === '') return datetime({ days, clock: 0, tzinfo: null })
      const { clock, offset } = parseIsoTime([...rest].slice(1).join(''))
      return datetime({ days, clock, tzinfo: offset === null ? null : fixedZone(offset) })
    },
    combine(args) {
      const [day, clock, tzinfo] = bind(args, 'combine()', ['date', 'time', 'tzinfo'], 2)
      const days = readDate(day!)?.days ?? datetimes.read(day!)?.days
      const at = readTime(clock!)
      if (days === undefined || at === undefined) {
        throw typeError(`combine() takes a date and a time, not ${typeName(day!)} and ${typeName(clock!)}`)
      }
      return datetime({
        days,
        clock: at.clock,
        tzinfo: tzinfo === undefined ? at.tzinfo : zoneArgument(tzinfo),
      })
    },
    fromtimestamp: (args) => fromTimestamp(args, 'fromtimestamp()'),
    utcfromtimestamp: (args) => fromTimestamp(args, 'utcfromtimestamp()'),
    fromordinal(args) {
      const [ordinal] = bind(args, 'fromordinal()', ['ordinal'], 1)
      return datetime({ days: asInteger(ordinal, 1) - 1 + minDay, clock: 0, tzinfo: null })
    },
  },
  fields: {
    ...common.fields,
    ...clockFields(
      ({ clock }: DatetimeParts) => clock,
      ({ tzinfo }) => tzinfo,
    ),
  },
  methods: {
    ...common.methods,
    ...offsetMethods(({ tzinfo }: DatetimeParts) => zoneOf(tzinfo)),
    isoformat(self, args) {
      const [separator, timespec] = bind(args, 'isoformat()', ['sep', 'timespec'])
      return isoText(self, asText(separator, 'T'), asText(timespec, 'auto'))
    },
    date: ({ days }) => date(days),
    time: ({ clock }) => time(clock, null),
    timetz: ({ clock, tzinfo }) => time(clock, tzinfo),
    timestamp: (self) => float(Number(instantOf(self)) / 1e6),
    timetuple: (self) => timeTuple(self),
    utctimetuple: (self) => timeTuple(datetimeParts(instantOf(self), null)),
    replace,
    astimezone(self, args) {
      const [tzinfo] = bind(args, 'astimezone()', ['tz'])
      return atInstant(instantOf(self), zoneArgument(tzinfo) ?? utc)
    },
  },
  text: (self) => isoText(self, ' ', 'auto'),
  repr: ({ days, clock, tzinfo }) => {
    const { year, month, day } = dateOf(days)
    return `datetime.datetime(${year}, ${month}, ${day}, ${clockArguments(clock)}${zoneRepr(tzinfo)})`
  },
  format: common.format,
  identity: (self) => (self.tzinfo === null ? 'naive ' : '') + instantOf(self),
  operate(self, operator, other, reflected) {
    const span = readTimedelta(other)
    if (span !== undefined) {
      const sign = operator === '+' ? 1n : operator === '-' && !reflected ? -1n : null
      if (sign === null) return undefined
      return datetime(datetimeParts(wallOf(self) + sign * span.micros, self.tzinfo))
    }
    const earlier = datetimes.read(other)
    if (operator !== '-' || earlier === undefined || reflected) return undefined
    refuseMixed(self, earlier, 'subtracted from one another')
    return timedelta(instantOf(self) - instantOf(earlier))
  },
  order(self, other) {
    const more = datetimes.read(other)
    if (more === undefined) return undefined
    refuseMixed(self, more, 'compared')
    const difference = instantOf(self) - instantOf(more)
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  },
})

export const readDatetime = datetimes.read

/** A moment as a template sees it: aware, in UTC, in milliseconds. */
export function datetimeValue(moment: Date): HostObject {
  return atInstant(BigInt(moment.getTime()) * 1000n, utc)
}

/** The `datetime` class, whose `now()`, `utcnow()` and `today()` ask the clock; local time is UTC. */
export function datetimeClass(clock: Clock): HostObject {
  const own = datetimes.value
  const naive = (): Value => atInstant(clock(), null)
  const asking = new Map<string, (args: HostArguments) => Value>([
    ['utcnow', naive],
    ['today', naive],
    [
      'now',
      (args) => {
        const [tzinfo] = bind(args, 'now()', ['tz'])
        return atInstant(clock(), zoneArgument(tzinfo))
      },
    ],
  ])
  return {
    ...own,
    attribute(name) {
      const call = asking.get(name)
      return call === undefined ? own.attribute(name) : hostFunction(name, call)
    },
    names: () => [...asking.keys(), ...own.names()],
  }
}

export function datetime(parts: DatetimeParts): HostObject {
  if (parts.days < minDay || parts.days > maxDay) {
    throw new TemplateError('a date outside of the years 1 to 9999')
  }
  return datetimes.create(parts)
}

/** Microseconds since 1970 in UTC, as a reading in that zone. */
export function atInstant(micros: bigint, tzinfo: HostObject | null): HostObject {
  const zone = zoneOf(tzinfo)
  if (zone === null) return datetime(datetimeParts(micros, null))
  const seconds = Number((micros - (((micros % 1_000_000n) + 1_000_000n) % 1_000_000n)) / 1_000_000n)
  const shown = zone.fromUtc === null ? tzinfo! : zone.fromUtc(seconds)
  const offset = readZone(shown)!.offset.seconds
  return datetime(datetimeParts(micros + BigInt(offset) * 1_000_000n, shown))
}

/** Microseconds since 1970 in UTC; a naive datetime is taken for UTC. */
export function instantOf(parts: DatetimeParts): bigint {
  const offset = zoneOf(parts.tzinfo)?.offset.seconds ?? 0
  return wallOf(parts) - BigInt(offset) * 1_000_000n
}

/** Microseconds since 1970 on the wall clock. */
export function wallOf({ days, clock }: DatetimeParts): bigint {
  return BigInt(days) * dayMicros + BigInt(clock)
}

function datetimeParts(wall: bigint, tzinfo: HostObject | null): DatetimeParts {
  const clock = ((wall % dayMicros) + dayMicros) % dayMicros
  return { days: Number((wall - clock) / dayMicros), clock: Number(clock), tzinfo }
}

function momentOf({ days, clock, tzinfo }: DatetimeParts): Moment {
  const zone = zoneOf(tzinfo)
  return { days, clock, offset: zone?.offset.seconds ?? null, zoneName: zone?.offset.name ?? null }
}

function isoText(self: DatetimeParts, separator: string, timespec: string): string {
  return dateText(self.days) + separator + clockText(self.clock, timespec) + zoneText(self.tzinfo)
}

function replace(self: DatetimeParts, args: Arguments): Value {
  const [year, month, day, hour, minute, second, micros, tzinfo] = bind(args, 'replace()', names)
  const old = dateOf(self.days)
  const days = checkedDays(asInteger(year, old.year), asInteger(month, old.month), asInteger(day, old.day))
  return datetime({
    days,
    clock: replacedClock(self.clock, [hour, minute, second, micros]),
    tzinfo: tzinfo === undefined ? self.tzinfo : zoneArgument(tzinfo),
  })
}

function fromTimestamp(args: Arguments, what: string): Value {
  const [seconds, tzinfo] = bind(args, what, ['timestamp', 'tz'], 1)
  const zone = zoneArgument(tzinfo)
  if (isInteger(seconds!)) return atInstant(BigInt(seconds) * 1_000_000n, zone)
  if (!isFloat(seconds!) || !Number.isFinite(seconds.value)) {
    throw typeError(`${what} takes a number of seconds, not ${typeName(seconds!)}`)
  }
  const whole = Math.floor(seconds.value)
  const micros = Math.round((seconds.value - whole) * 1e6)
  return atInstant(BigInt(whole) * 1_000_000n + BigInt(micros), zone)
}

function timeTuple(self: DatetimeParts): Value {
  const { year, month, day } = dateOf(self.days)
  const seconds = Math.floor(self.clock / 1e6)
  const dst = zoneOf(self.tzinfo)?.offset.dst
  return {
    ...tuple([
      year,
      month,
      day,
      Math.floor(seconds / 3600),
      Math.floor(seconds / 60) % 60,
      seconds % 60,
      weekdayOf(self.days),
      dayOfYear(self.days),
      dst === undefined || dst === null ? -1 : dst === 0 ? 0 : 1,
    ]),
    names: ['tm_year', 'tm_mon', 'tm_mday', 'tm_hour', 'tm_min', 'tm_sec', 'tm_wday', 'tm_yday', 'tm_isdst'],
  }
}

function refuseMixed(left: DatetimeParts, right: DatetimeParts, what: string): void {
  if ((left.tzinfo === null) === (right.tzinfo === null)) return
  throw typeError(
    `a datetime with a time zone and one without cannot be ${what}`,
    'Give the other a zone as well: `moment.replace(tzinfo=modules.pytz.utc)`.',
  )
}
