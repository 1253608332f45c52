import type { CursorFormatName } from './fault-spec.ts'

const day = String.raw`\d{4}-\d\d-\d\d`
const time = String.raw`T\d\d:\d\d(?::\d\d(?:\.\d+)?)?`
const zone = String.raw`Z|[+-]\d\d:\d\d`
const literal = new RegExp(
  `(?:\\b(datetimeoffset|datetime))?'(${day}(?:${time}(?:${zone})?)?)'|'(?:[^']|'')*'|(${day})(${time})?(${zone})?`,
  'g',
)

/** A filter in which the dates of one format are as OData v4 has them, and the first one of another format. */
export function translateDates(
  filter: string,
  format: CursorFormatName,
): { readonly filter: string; readonly refused: string | null } {
  let refused: string | null = null
  const translated = filter.replace(
    literal,
    (text, type?: string, quoted?: string, date?: string, clock?: string, offset?: string) => {
      const found = formatOf(type, quoted, date, clock, offset)
      if (found === null) return text
      if (found !== format) refused ??= text
      return inUtc(quoted ?? text)
    },
  )
  return { filter: translated, refused }
}

function formatOf(
  type: string | undefined,
  quoted: string | undefined,
  date: string | undefined,
  clock: string | undefined,
  offset: string | undefined,
): CursorFormatName | null {
  if (quoted !== undefined) return type === undefined ? 'quoted' : (type as 'datetime' | 'datetimeoffset')
  if (date === undefined) return null
  if (clock === undefined) return 'date'
  if (offset === undefined) return 'iso_naive'
  return offset === 'Z' ? 'iso_utc' : 'iso_offset'
}

function inUtc(text: string): string {
  if (!text.includes('T')) return `${text}T00:00:00Z`
  return /(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`
}
