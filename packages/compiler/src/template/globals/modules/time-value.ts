import { asInteger, asText, bind } from '../../evaluate/bind.ts'
import { typeError } from '../../template-error.ts'
import { typeName } from '../../values/type-name.ts'
import type { HostObject, Value } from '../../values/value.ts'
import { checkedClock, clockText, parseIsoTime } from './iso-format.ts'
import { type PythonClass, pythonClass } from './python-class.ts'
import { strftime } from './strftime.ts'
import { fixedZone, offsetMethods, offsetText, readZone, type Zone } from './zone-value.ts'

/** A time of day. */
export interface TimeParts {
  /** Microseconds since midnight. */
  readonly clock: number
  readonly tzinfo: HostObject | null
}

const times: PythonClass<TimeParts> = pythonClass<TimeParts>({
  name: 'datetime.time',
  construct(args) {
    const [hour, minute, second, micros, tzinfo] = bind(args, 'time()', clockNames)
    return time(
      checkedClock(asInteger(hour, 0), asInteger(minute, 0), asInteger(second, 0), asInteger(micros, 0)),
      zoneArgument(tzinfo),
    )
  },
  statics: {
    fromisoformat(args) {
      const [text] = bind(args, 'fromisoformat()', ['time_string'], 1)
      const { clock, offset } = parseIsoTime(asText(text, ''))
      return time(clock, offset === null ? null : fixedZone(offset))
    },
  },
  fields: clockFields(
    ({ clock }: TimeParts) => clock,
    ({ tzinfo }) => tzinfo,
  ),
  methods: {
    ...offsetMethods(({ tzinfo }: TimeParts) => zoneOf(tzinfo)),
    isoformat(self, args) {
      const [timespec] = bind(args, 'isoformat()', ['timespec'])
      return clockText(self.clock, asText(timespec, 'auto')) + zoneText(self.tzinfo)
    },
    strftime(self, args) {
      const [format] = bind(args, 'strftime()', ['format'], 1)
      return formatTime(self, asText(format, ''))
    },
    replace(self, args) {
      const [hour, minute, second, micros, tzinfo] = bind(args, 'replace()', clockNames)
      return time(
        replacedClock(self.clock, [hour, minute, second, micros]),
        tzinfo === undefined ? self.tzinfo : zoneArgument(tzinfo),
      )
    },
  },
  text: (self) => clockText(self.clock) + zoneText(self.tzinfo),
  repr: ({ clock, tzinfo }) => `datetime.time(${clockArguments(clock)}${zoneRepr(tzinfo)})`,
  format: formatTime,
  identity: ({ clock, tzinfo }) => {
    const zone = zoneOf(tzinfo)
    return zone === null ? String(clock) : `utc ${clock - zone.offset.seconds * 1e6}`
  },
  order(self, other) {
    const more = times.read(other)
    if (more === undefined || (more.tzinfo === null) !== (self.tzinfo === null)) return undefined
    const shift = (parts: TimeParts): number => (zoneOf(parts.tzinfo)?.offset.seconds ?? 0) * 1e6
    return self.clock - shift(self) - (more.clock - shift(more))
  },
})

export const timeClass = times.value
export const readTime = times.read

export function time(clock: number, tzinfo: HostObject | null): HostObject {
  return times.create({ clock, tzinfo })
}

export const clockNames = ['hour', 'minute', 'second', 'microsecond', 'tzinfo', 'fold'] as const

export function clockFields<T>(
  clockOf: (self: T) => number,
  tzinfoOf: (self: T) => HostObject | null,
): { readonly [name: string]: (self: T) => Value } {
  return {
    hour: (self) => Math.floor(clockOf(self) / 3.6e9),
    minute: (self) => Math.floor(clockOf(self) / 6e7) % 60,
    second: (self) => Math.floor(clockOf(self) / 1e6) % 60,
    microsecond: (self) => clockOf(self) % 1e6,
    tzinfo: tzinfoOf,
    fold: () => 0,
  }
}

export function replacedClock(clock: number, given: readonly (Value | undefined)[]): number {
  const seconds = Math.floor(clock / 1e6)
  return checkedClock(
    asInteger(given[0], Math.floor(seconds / 3600)),
    asInteger(given[1], Math.floor(seconds / 60) % 60),
    asInteger(given[2], seconds % 60),
    asInteger(given[3], clock % 1e6),
  )
}

/** The tzinfo among arguments; throws for what is none. */
export function zoneArgument(value: Value | undefined): HostObject | null {
  if (value === undefined || value === null) return null
  if (readZone(value) === undefined) throw typeError(`tzinfo is a time zone, not ${typeName(value)}`)
  return value as HostObject
}

export function zoneOf(tzinfo: HostObject | null): Zone | null {
  return tzinfo === null ? null : (readZone(tzinfo) ?? null)
}

export function zoneText(tzinfo: HostObject | null): string {
  const zone = zoneOf(tzinfo)
  return zone === null ? '' : offsetText(zone.offset.seconds)
}

export function zoneRepr(tzinfo: HostObject | null): string {
  const zone = zoneOf(tzinfo)
  return zone === null ? '' : `, tzinfo=${zone.repr}`
}

/** `10, 30`, with seconds and microseconds where they are not zero. */
export function clockArguments(clock: number): string {
  const seconds = Math.floor(clock / 1e6)
  const all = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, clock % 1e6]
  return all.slice(0, all[3] === 0 ? (all[2] === 0 ? 2 : 3) : 4).join(', ')
}

function formatTime({ clock, tzinfo }: TimeParts, format: string): string {
  const zone = zoneOf(tzinfo)
  // Python shows a time as of 1900-01-01.
  return strftime(
    { days: -25_567, clock, offset: zone?.offset.seconds ?? null, zoneName: zone?.offset.name ?? null },
    format,
  )
}
