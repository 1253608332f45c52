import { bind } from '../../evaluate/bind.ts'
import { TemplateError } from '../../template-error.ts'
import { hostObject } from '../../values/host.ts'
import { print } from '../../values/print.ts'
import type { HostArguments, HostObject, Value } from '../../values/value.ts'
import { pythonClass } from './python-class.ts'
import { readTimedelta, timedelta, timedeltaArguments } from './timedelta-value.ts'

/** What a time zone says of a moment. */
export interface Offset {
  /** Seconds east of UTC. */
  readonly seconds: number
  /** `EST`; null where it has none. */
  readonly name: string | null
  /** Seconds of summer time in it; null: not known. */
  readonly dst: number | null
}

/**
 * A tzinfo: as in pytz, an instance has one offset, and a zone with summer time has several instances, of which
 * `fromUtc` knows the right one.
 */
export interface Zone {
  readonly offset: Offset
  readonly text: string
  readonly repr: string
  /** The zone at a moment given as seconds since 1970 in UTC; itself where the offset is fixed. */
  readonly fromUtc: ((seconds: number) => HostObject) | null
  /** What pytz has beyond that: `localize`, `normalize`, `zone`. */
  readonly attribute: ((name: string) => Value | undefined) | null
}

const zones = pythonClass<Zone>({
  name: 'datetime.tzinfo',
  construct: () => {
    throw new TemplateError('tzinfo() makes no time zone', { hint: 'Take modules.pytz.timezone(name).' })
  },
  methods: offsetMethods((zone: Zone) => zone),
  attribute: (zone, name) => zone.attribute?.(name),
  text: (zone) => zone.text,
  repr: (zone) => zone.repr,
  identity: (zone) => zone.repr,
})

export const tzinfoClass = zones.value
export const createZone = zones.create
export const readZone = zones.read

export const utc: HostObject = createZone(describeFixed(0, null))

export function fixedZone(seconds: number, name: string | null = null): HostObject {
  return seconds === 0 && name === null ? utc : createZone(describeFixed(seconds, name))
}

export const timezoneClass: HostObject = hostObject({
  type: 'class',
  attributes: { utc },
  text: () => "<class 'datetime.timezone'>",
  call(args) {
    const [offset, name] = bind(args, 'timezone()', ['offset', 'name'], 1)
    const duration = readTimedelta(offset!)
    if (duration === undefined) {
      throw new TemplateError('timezone() takes a timedelta', {
        code: 'TEMPLATE_ARGUMENTS',
        hint: 'Write timezone(modules.datetime.timedelta(hours=2)).',
      })
    }
    const seconds = Number(duration.micros / 1_000_000n)
    if (Math.abs(seconds) >= 86_400) throw new TemplateError('the offset of a timezone is less than a day')
    return fixedZone(seconds, name === undefined ? null : print(name))
  },
})

/** `utcoffset()`, `dst()` and `tzname()` of whatever has a zone. */
export function offsetMethods<T>(zoneOf: (self: T) => Zone | null): {
  readonly [name: string]: (self: T, args: HostArguments) => Value
} {
  const read =
    (pick: (offset: Offset) => Value) =>
    (self: T): Value => {
      const zone = zoneOf(self)
      return zone === null ? null : pick(zone.offset)
    }
  return {
    utcoffset: read(({ seconds }) => timedelta(BigInt(seconds) * 1_000_000n)),
    dst: read(({ dst }) => (dst === null ? null : timedelta(BigInt(dst) * 1_000_000n))),
    tzname: read(({ name }) => name),
  }
}

/** `+02:00`; seconds only where there are some. */
export function offsetText(seconds: number, separator = ':'): string {
  const size = Math.abs(seconds)
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, ...(size % 60 === 0 ? [] : [size % 60])]
  return (seconds < 0 ? '-' : '+') + parts.map((part) => String(part).padStart(2, '0')).join(separator)
}

function describeFixed(seconds: number, name: string | null): Zone {
  const text = name ?? (seconds === 0 ? 'UTC' : `UTC${offsetText(seconds)}`)
  const duration = `datetime.timedelta(${timedeltaArguments(BigInt(seconds) * 1_000_000n)})`
  const repr =
    seconds === 0 && name === null
      ? 'datetime.timezone.utc'
      : `datetime.timezone(${duration}${name === null ? '' : `, '${name}'`})`
  return {
    offset: { seconds, name: text, dst: null },
    text,
    repr,
    fromUtc: null,
    attribute: null,
  }
}
