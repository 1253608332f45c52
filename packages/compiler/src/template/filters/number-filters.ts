import { asInteger, asText, bind } from '../evaluate/bind.ts'
import { negate } from '../operations/arithmetic.ts'
import { TemplateError, typeError } from '../template-error.ts'
import { isUndefined } from '../values/is-undefined.ts'
import { float, integer, isFloat, isInteger, isNumber, toNumber } from '../values/number.ts'
import { order } from '../values/order.ts'
import { typeName } from '../values/type-name.ts'
import type { Value } from '../values/value.ts'
import type { FilterTable } from './filter.ts'
import { roundHalfEven } from './round-half-even.ts'

/** Jinja's filters about numbers. */
export const numberFilters: FilterTable = {
  int: (value, args) => {
    if (isUndefined(value)) throw value.fault()
    const [fallback, base] = bind(args, 'int', ['default', 'base'])
    return parseInteger(value, asInteger(base, 10)) ?? (fallback === undefined ? 0 : fallback)
  },
  float: (value, args) => {
    if (isUndefined(value)) throw value.fault()
    const [fallback] = bind(args, 'float', ['default'])
    return parseFloatText(value) ?? (fallback === undefined ? float(0) : fallback)
  },
  abs: (value, args) => {
    bind(args, 'abs', [])
    if (!isNumber(value)) throw typeError(`abs takes a number, not ${typeName(value)}`)
    if (isFloat(value)) return float(Math.abs(value.value))
    return order(value, 0) < 0 ? negate(value) : integer(BigInt(value))
  },
  round: (value, args) => {
    const [precisionValue, methodValue] = bind(args, 'round', ['precision', 'method'])
    const precision = Math.max(-300, Math.min(300, asInteger(precisionValue, 0)))
    const method = asText(methodValue, 'common')
    if (method !== 'common' && method !== 'ceil' && method !== 'floor') {
      throw new TemplateError('the method of round is common, ceil or floor')
    }
    if (!isNumber(value)) throw typeError(`round takes a number, not ${typeName(value)}`)
    if (method === 'common') {
      if (isFloat(value)) return float(roundHalfEven(value.value, precision))
      return precision >= 0 ? integer(BigInt(value)) : Math.trunc(roundHalfEven(Number(value), precision))
    }
    const scale = 10 ** precision
    return float(Math[method](toNumber(value) * scale) / scale)
  },
}

/** `int(value)` as the filter does it: text in a base, or else through a float; null where that fails. */
function parseInteger(value: Value, base: number): Value | null {
  if (isInteger(value)) return integer(BigInt(value))
  if (typeof value === 'string') {
    const whole = parseIntegerText(value, base)
    if (whole !== null) return whole
  }
  const real = parseFloatText(value)
  if (real === null || !Number.isFinite(real.value)) return null
  return integer(BigInt(Math.trunc(real.value)))
}

const prefixes: Readonly<Record<number, RegExp>> = { 2: /^0b/, 8: /^0o/, 16: /^0x/ }

function parseIntegerText(text: string, base: number): Value | null {
  const match = /^([+-]?)([0-9a-z]+(?:_[0-9a-z]+)*)$/.exec(text.trim().toLowerCase())
  if (match === null || match[2]!.length > 4300) return null
  let digits = match[2]!.replaceAll('_', '')
  let radix = base
  if (base === 0)
    radix = digits.startsWith('0x') ? 16 : digits.startsWith('0o') ? 8 : digits.startsWith('0b') ? 2 : 10
  digits = digits.replace(prefixes[radix] ?? /^$/, '')
  if (radix < 2 || radix > 36 || digits === '') return null
  let result = 0n
  for (const digit of digits) {
    const number = Number.parseInt(digit, 36)
    if (!(number < radix)) return null
    result = result * BigInt(radix) + BigInt(number)
  }
  return integer(match[1] === '-' ? -result : result)
}

function parseFloatText(value: Value): { kind: 'float'; value: number } | null {
  if (isFloat(value)) return value
  if (isInteger(value)) return float(Number(value))
  if (typeof value !== 'string') return null
  const text = value.trim().toLowerCase()
  if (/^[+-]?(?:inf|infinity)$/.test(text)) return float(text.startsWith('-') ? -Infinity : Infinity)
  if (/^[+-]?nan$/.test(text)) return float(Number.NaN)
  if (!/^[+-]?(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[+-]?\d+)?$/.test(text)) return null
  return float(Number(text.replaceAll('_', '')))
}
