import { bind } from '../evaluate/bind.ts'
import { TemplateError } from '../template-error.ts'
import { tuple } from '../values/collections.ts'
import { float, integer } from '../values/number.ts'
import type { Float, Value } from '../values/value.ts'
import type { Method } from './method.ts'

type Whole = number | bigint | boolean

/** Python's methods of an int. */
export const integerMethods: ReadonlyMap<string, Method> = table<Whole>({
  bit_length: (self) => (BigInt(self) === 0n ? 0 : size(self).toString(2).length),
  bit_count: (self) => size(self).toString(2).replaceAll('0', '').length,
  conjugate: (self) => integer(BigInt(self)),
  as_integer_ratio: (self) => tuple([integer(BigInt(self)), 1]),
})

/** Python's methods of a float. */
export const floatMethods: ReadonlyMap<string, Method> = table<Float>({
  is_integer: ({ value }) => Number.isInteger(value),
  conjugate: (self) => self,
  as_integer_ratio({ value }) {
    if (!Number.isFinite(value)) throw new TemplateError('infinity and nan are no ratio')
    let denominator = 1n
    let numerator = value
    while (!Number.isInteger(numerator)) {
      numerator *= 2
      denominator *= 2n
    }
    return tuple([integer(BigInt(numerator)), integer(denominator)])
  },
})

/** `real`, `imag` and their like, which are no methods; undefined for other names. */
export function numberAttribute(value: Whole | Float, name: string): Value | undefined {
  const whole = typeof value !== 'object'
  switch (name) {
    case 'real':
      return whole ? integer(BigInt(value)) : value
    case 'imag':
      return whole ? 0 : float(0)
    case 'numerator':
      return whole ? integer(BigInt(value)) : undefined
    case 'denominator':
      return whole ? 1 : undefined
    default:
      return undefined
  }
}

function size(value: Whole): bigint {
  const whole = BigInt(value)
  return whole < 0n ? -whole : whole
}

function table<T>(methods: { readonly [name: string]: (self: T) => Value }): ReadonlyMap<string, Method> {
  return new Map(
    Object.entries(methods).map(([name, method]): [string, Method] => [
      name,
      (self, args) => {
        bind(args, `${name}()`, [])
        return method(self as T)
      },
    ]),
  )
}
