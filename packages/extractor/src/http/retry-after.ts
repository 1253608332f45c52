/**
 * Milliseconds that an answer asks us to wait: its `Retry-After` in seconds or as a date, the date measured from
 * `serverTime`, since the clocks of two machines differ. Null: it does not say, or says nothing readable.
 */
export function retryAfterMs(value: string, serverTime: Date): number | null {
  if (/^\s*\d+(\.\d+)?\s*$/.test(value)) return Number(value) * 1000
  const date = parseHttpDate(value)
  return date === null ? null : Math.max(0, date.getTime() - serverTime.getTime())
}

/** Null for what is no date; a bare number is none. */
export function parseHttpDate(value: string): Date | null {
  if (!/[a-z]/i.test(value)) return null
  const date = new Date(value)
  return Number.isNaN(date.getTime()) ? null : date
}
