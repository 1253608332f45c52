import type { CursorFormat } from '@strata/core'

/**
 * How a filter writes an instant. `instant`: ISO 8601 in UTC with any number of decimals (`2024-05-01T10:00:00.123456Z`).
 * A format that cannot say all of it says an earlier instant, so that nothing lies between the two. What stands in an address
 * is percent-encoded by whoever builds that.
 */
export function cursorLiteral(instant: string, format: CursorFormat): string {
  const [, date, time, decimals = ''] = instantPattern.exec(instant) ?? []
  if (date === undefined || time === undefined)
    throw new Error(`${instant} is no instant in UTC as a cursor has it`)
  const naive = `${date}T${time}${decimals}`
  switch (format) {
    case 'iso_utc':
      return `${naive}Z`
    case 'iso_offset':
      return `${naive}+00:00`
    case 'iso_naive':
      return naive
    case 'date':
      return date
    case 'quoted':
      return `'${naive}Z'`
    case 'datetime':
      return `datetime'${naive}'`
    case 'datetimeoffset':
      return `datetimeoffset'${naive}Z'`
    case 'epoch_seconds':
      return String(Math.floor(milliseconds(date, time, decimals) / 1000))
    case 'epoch_ms':
      return String(milliseconds(date, time, decimals))
  }
}

const instantPattern = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d+)?Z$/

/** Whole ones, downwards. */
function milliseconds(date: string, time: string, decimals: string): number {
  return Date.parse(`${date}T${time}Z`) + Number(decimals.slice(1, 4).padEnd(3, '0'))
}
