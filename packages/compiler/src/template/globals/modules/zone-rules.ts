import type { Offset } from './zone-value.ts'

const formatters = new Map<string, Intl.DateTimeFormat>()

/** Every zone that the engine lists, and UTC. */
export function zoneNames(): readonly string[] {
  allNames ??= [...new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])]
  return allNames
}
let allNames: readonly string[] | undefined

/** A zone's offset at a moment given as seconds since 1970 in UTC. Throws a RangeError for an unknown zone. */
export function offsetAt(zone: string, seconds: number): Offset {
  const offset = rawOffset(zone, seconds)
  const year = new Date(seconds * 1000).getUTCFullYear()
  const winter = rawOffset(zone, Date.UTC(year, 0, 1) / 1000)
  const summer = rawOffset(zone, Date.UTC(year, 6, 1) / 1000)
  const standard = Math.min(winter, summer)
  // Before there was summer time, a change of offset is a change of the zone itself.
  const dst = winter === summer ? 0 : Math.max(0, offset - standard)
  return { seconds: offset, name: shortName(zone, seconds, offset), dst }
}

function rawOffset(zone: string, seconds: number): number {
  const text = part('en-US', zone, 'longOffset', seconds)
  const match = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text)
  if (match === null) return 0
  const size = (Number(match[2]) * 60 + Number(match[3])) * 60 + Number(match[4] ?? 0)
  return match[1] === '-' ? -size : size
}

/** Abbreviations are known to the engine only in the language of people who use them. */
const languages = ['en-US', 'en-GB', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA']

function shortName(zone: string, seconds: number, offset: number): string {
  for (const language of languages) {
    const text = part(language, zone, 'short', seconds)
    if (!/[+-]/.test(text)) return text === 'GMT' && zone === 'UTC' ? 'UTC' : text
  }
  const fixed = fixedNames.get(zone)
  if (fixed !== undefined) return fixed
  const size = Math.abs(offset)
  const two = (value: number): string => String(value).padStart(2, '0')
  const minutes = Math.floor(size / 60) % 60
  return (offset < 0 ? '-' : '+') + two(Math.floor(size / 3600)) + (minutes === 0 ? '' : two(minutes))
}

const fixedNames: ReadonlyMap<string, string> = new Map([
  ['Asia/Tokyo', 'JST'],
  ['Asia/Seoul', 'KST'],
  ['Asia/Shanghai', 'CST'],
  ['Asia/Hong_Kong', 'HKT'],
  ['Asia/Taipei', 'CST'],
  ['Asia/Manila', 'PST'],
  ['Asia/Jakarta', 'WIB'],
  ['Asia/Karachi', 'PKT'],
  ['Europe/Moscow', 'MSK'],
])

function part(language: string, zone: string, style: 'longOffset' | 'short', seconds: number): string {
  const key = `${language} ${zone} ${style}`
  let formatter = formatters.get(key)
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: style, year: 'numeric' })
    formatters.set(key, formatter)
  }
  const found = formatter.formatToParts(new Date(seconds * 1000)).find(({ type }) => type === 'timeZoneName')
  return found?.value ?? ''
}
