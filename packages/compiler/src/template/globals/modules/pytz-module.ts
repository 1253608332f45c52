import { asText, bind } from '../../evaluate/bind.ts'
import { suggest } from '../../suggest.ts'
import { TemplateError, typeError } from '../../template-error.ts'
import { hostFunction, hostObject } from '../../values/host.ts'
import { print } from '../../values/print.ts'
import { truthy } from '../../values/truthy.ts'
import type { HostArguments, HostObject, Value } from '../../values/value.ts'
import { atInstant, datetime, instantOf, readDatetime, wallOf } from './datetime-value.ts'
import { offsetAt, zoneNames } from './zone-rules.ts'
import { createZone, type Offset, type Zone } from './zone-value.ts'

const instances = new Map<string, HostObject>()

/** Python's pytz, by the time zones that the JavaScript engine knows. */
export const pytzModule: HostObject = hostObject({
  type: 'module',
  attributes: {
    utc: utcZone(),
    UTC: utcZone(),
    timezone: hostFunction('timezone', (args) => {
      const [name] = bind(args, 'timezone()', ['zone'], 1)
      return timezone(asText(name, ''))
    }),
    FixedOffset: hostFunction('FixedOffset', (args) => {
      const [minutes] = bind(args, 'FixedOffset()', ['offset'], 1)
      if (typeof minutes !== 'number') throw typeError('FixedOffset() takes a number of minutes')
      return fixedOffset(minutes)
    }),
  },
  attribute: (name) =>
    name === 'all_timezones' || name === 'common_timezones' ? [...zoneNames()] : undefined,
  names: () => ['all_timezones', 'common_timezones'],
})

function timezone(name: string): HostObject {
  if (name.toUpperCase() === 'UTC') return utcZone()
  if (!isZone(name)) {
    throw new TemplateError(`there is no time zone "${name}"`, { hint: suggest(name, zoneNames()) })
  }
  // Until it is localized, a zone of pytz has the oldest offset that is on record, in whole minutes.
  const { seconds } = offsetAt(name, -9e9)
  const fixed = seconds === offsetAt(name, 0).seconds
  return instance(name, {
    seconds: Math.round(seconds / 60) * 60,
    name: fixed ? offsetAt(name, 0).name : 'LMT',
    dst: 0,
  })
}

function isZone(name: string): boolean {
  if (!/^[A-Za-z][\w+/-]*$/.test(name)) return false
  try {
    offsetAt(name, 0)
    return true
  } catch {
    return false
  }
}

function instance(name: string, offset: Offset): HostObject {
  const key = `${name} ${offset.seconds} ${offset.name} ${offset.dst}`
  const known = instances.get(key)
  if (known !== undefined) return known
  const made = createZone({
    offset,
    text: name,
    repr: `<DstTzInfo '${name}' ${offset.name}${deltaText(offset.seconds)} ${offset.dst === 0 ? 'STD' : 'DST'}>`,
    fromUtc: (seconds) => instance(name, offsetAt(name, seconds)),
    attribute: members(name, (wall, isDst) => resolveLocal(name, wall, isDst)),
  })
  instances.set(key, made)
  return made
}

/** The instance that is right for a wall clock's reading (seconds); `isDst` decides where there are two, null refuses. */
function resolveLocal(name: string, wall: number, isDst: boolean | null): HostObject {
  const around = [offsetAt(name, wall - 86_400), offsetAt(name, wall + 86_400)]
  const fits = around.filter(({ seconds }, index) => {
    const repeated = index === 1 && seconds === around[0]!.seconds
    return !repeated && offsetAt(name, wall - seconds).seconds === seconds
  })
  if (fits.length === 1) return instance(name, offsetAt(name, wall - fits[0]!.seconds))
  if (isDst === null) {
    throw new TemplateError(
      fits.length === 0
        ? `this time does not exist in ${name}: clocks were set forward over it`
        : `this time came twice in ${name}: clocks were set back over it`,
      { hint: 'Say is_dst=true or is_dst=false.' },
    )
  }
  const [first, second] = around as [Offset, Offset]
  const summer = first.seconds > second.seconds ? first : second
  const winter = summer === first ? second : first
  return instance(name, isDst ? summer : winter)
}

function members(
  name: string,
  resolve: (wall: number, isDst: boolean | null) => HostObject,
): Zone['attribute'] {
  const table: { readonly [name: string]: Value } = {
    zone: name,
    localize: hostFunction('localize', (args) => {
      const [moment, isDst] = bind(args, 'localize()', ['dt', 'is_dst'], 1)
      const parts = momentArgument(moment!, 'localize()')
      if (parts.tzinfo !== null) throw new TemplateError('localize() of a datetime that has a zone already')
      const seconds = Number(wallOf({ ...parts, clock: parts.clock - (parts.clock % 1e6) }) / 1_000_000n)
      const wanted = isDst === null ? null : isDst !== undefined && truthy(isDst)
      return datetime({ ...parts, tzinfo: resolve(seconds, wanted) })
    }),
    normalize: hostFunction('normalize', (args: HostArguments) => {
      const [moment] = bind(args, 'normalize()', ['dt'], 1)
      const parts = momentArgument(moment!, 'normalize()')
      if (parts.tzinfo === null) throw new TemplateError('normalize() of a datetime that has no zone')
      return atInstant(instantOf(parts), resolve(0, false))
    }),
  }
  return (attribute) => (Object.hasOwn(table, attribute) ? table[attribute] : undefined)
}

function momentArgument(value: Value, what: string) {
  const parts = readDatetime(value)
  if (parts === undefined) throw typeError(`${what} takes a datetime, not ${print(value)}`)
  return parts
}

function utcZone(): HostObject {
  const known = instances.get('UTC')
  if (known !== undefined) return known
  const made: HostObject = createZone({
    offset: { seconds: 0, name: 'UTC', dst: 0 },
    text: 'UTC',
    repr: '<UTC>',
    fromUtc: null,
    attribute: members('UTC', () => made),
  })
  instances.set('UTC', made)
  return made
}

function fixedOffset(minutes: number): HostObject {
  if (Math.abs(minutes) >= 1440) throw new TemplateError('the offset of a time zone is less than a day')
  if (minutes === 0) return utcZone()
  const text = `pytz.FixedOffset(${minutes})`
  const made: HostObject = createZone({
    offset: { seconds: minutes * 60, name: null, dst: 0 },
    text,
    repr: text,
    fromUtc: null,
    attribute: members(text, () => made),
  })
  return made
}

/** A duration as pytz shows it: `-1 day, 19:00:00`, with `+` before what is not negative. */
function deltaText(seconds: number): string {
  const clock = ((seconds % 86_400) + 86_400) % 86_400
  const two = (value: number): string => String(value).padStart(2, '0')
  const text = `${Math.floor(clock / 3600)}:${two(Math.floor(clock / 60) % 60)}:${two(clock % 60)}`
  return seconds < 0 ? `-1 day, ${text}` : `+${text}`
}
