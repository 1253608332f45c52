import { maxIntegerBits } from '../limits.ts'
import { TemplateError } from '../template-error.ts'
import type { Float, Value } from './value.ts'

export function float(value: number): Float {
  return { kind: 'float', value }
}

/** The int of a bigint: a number where no digit is lost. */
export function integer(value: bigint): number | bigint {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  if (value.toString(16).length * 4 > maxIntegerBits) {
    throw new TemplateError('an integer too large to compute with', { code: 'TEMPLATE_SIZE_LIMIT' })
  }
  return value
}

/** Ints and, as in Python, booleans. */
export function isInteger(value: Value): value is number | bigint | boolean {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
}

export function isFloat(value: Value): value is Float {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'float'
}

export function isNumber(value: Value): value is number | bigint | boolean | Float {
  return isInteger(value) || isFloat(value)
}

/** The JavaScript number of an int or float, digits beyond 2^53 rounded. */
export function toNumber(value: number | bigint | boolean | Float): number {
  return typeof value === 'object' ? value.value : Number(value)
}

/** A float as Python writes it: `1.0`, `1e+16`, `1e-05`, `inf`. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa, exponentText] = value.toExponential().split('e') as [string, string]
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const digits = String(Math.abs(exponent)).padStart(2, '0')
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`
  }
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.replace('-', '').replace('.', '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const padded = digits.padEnd(exponent + 1, '0')
  return `${sign}${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`
}
