/** What a field of a record can hold. Dates are `YYYY-MM-DD`, times ISO 8601 with milliseconds and `Z`. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [field: string]: Value }

export type SimulatedRecord = { readonly [field: string]: Value }

/** Before the digits of an exact number. No text of ours holds this character, and JSON does not escape it. */
const EXACT = '\u007f'

/** A number that is written with just these digits, where a JavaScript number would lose some: `1.10`, 9007199254740993. */
export function exactNumber(digits: string): Value {
  return EXACT + digits
}

/** An exact number with two digits after the point, from a whole number of hundredths, 0 or more. */
export function hundredths(count: number): Value {
  const digits = String(count).padStart(3, '0')
  return exactNumber(`${digits.slice(0, -2)}.${digits.slice(-2)}`)
}

/** The digits of an exact number; null for any other value. */
export function exactDigits(value: Value): string | null {
  return typeof value === 'string' && value.startsWith(EXACT) ? value.slice(EXACT.length) : null
}

/** JSON text with exact numbers as numbers: JSON.stringify does the work, as nothing written by hand is nearly as fast. */
export function writeJson(value: Value): string {
  return JSON.stringify(value).replace(/"\u007f([^"]+)"/g, '$1')
}
