import { checkTextLength } from '../limits.ts'
import { TemplateError } from '../template-error.ts'
import { length } from '../values/iterate.ts'
import { floatText, isInteger, isNumber, toNumber } from '../values/number.ts'
import type { Value } from '../values/value.ts'
import { toFixed } from './to-fixed.ts'

export interface NumberStyle {
  readonly type: string
  readonly precision: number | null
  /** `+` or a space before what is not negative. */
  readonly sign?: string
  readonly alternate?: boolean
  /** Between groups of three digits. */
  readonly separator?: string
}

/** A number in one of the styles of C and Python: d, f, e, g, x, o, b, %. With its sign, without padding. */
export function formatNumber(value: Value, style: NumberStyle): string {
  if (!isNumber(value)) throw new TemplateError('a number is required here', { code: 'TEMPLATE_TYPE' })
  const precision = Math.min(style.precision ?? 6, 100)
  let digits: string
  let negative: boolean
  if ('dxXob'.includes(style.type)) {
    const whole = isInteger(value) ? BigInt(value) : BigInt(Math.trunc(finite(toNumber(value))))
    negative = whole < 0n
    const base = { d: 10, x: 16, X: 16, o: 8, b: 2 }[style.type]!
    digits = (negative ? -whole : whole).toString(base)
    if (style.type === 'X') digits = digits.toUpperCase()
    if (style.alternate && base !== 10) digits = `0${style.type}${digits}`
  } else {
    const number = toNumber(value)
    negative = number < 0 || Object.is(number, -0)
    digits = realDigits(Math.abs(number), style, precision)
  }
  if (style.separator) digits = group(digits, style.separator)
  return (negative ? '-' : (style.sign ?? '')) + digits
}

function finite(number: number): number {
  if (Number.isFinite(number)) return number
  throw new TemplateError('infinity and nan have no integer value')
}

function realDigits(number: number, style: NumberStyle, precision: number): string {
  if (!Number.isFinite(number)) return floatText(number)
  switch (style.type.toLowerCase()) {
    case 'f':
      return toFixed(number, precision)
    case '%':
      return `${toFixed(number * 100, precision)}%`
    case 'e': {
      const text = exponent(number.toExponential(precision))
      return style.type === 'E' ? text.toUpperCase() : text
    }
    default: {
      const text = general(number, style.precision === null && style.type === '' ? 12 : precision || 1)
      return style.type === 'G' ? text.toUpperCase() : text
    }
  }
}

function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

function general(number: number, precision: number): string {
  if (number === 0) return '0'
  const scientific = number.toExponential(precision - 1)
  const power = Number(scientific.split('e')[1])
  const strip = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
  if (power < -4 || power >= precision) {
    const [mantissa, tail] = scientific.split('e') as [string, string]
    return exponent(`${strip(mantissa)}e${tail}`)
  }
  return strip(number.toFixed(Math.max(0, precision - 1 - power)))
}

function group(digits: string, separator: string): string {
  const [whole, ...rest] = digits.split(/(?=[.e%])/)
  return whole!.replace(/\B(?=(\d{3})+$)/g, separator) + rest.join('')
}

/** Pads to `width` characters; `=` puts the padding between sign and digits. */
export function pad(text: string, width: number, fill: string, align: string): string {
  const missing = width - length(text)
  if (missing <= 0) return text
  checkTextLength(width)
  const padding = (count: number): string => fill.repeat(count)
  switch (align) {
    case '<':
      return text + padding(missing)
    case '^':
      return padding(missing >> 1) + text + padding(missing - (missing >> 1))
    case '=': {
      const sign = /^[+\- ]/.test(text) ? text[0]! : ''
      return sign + padding(missing) + text.slice(sign.length)
    }
    default:
      return padding(missing) + text
  }
}
