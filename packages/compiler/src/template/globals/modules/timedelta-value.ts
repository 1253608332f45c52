import { bind } from '../../evaluate/bind.ts'
import { TemplateError, typeError } from '../../template-error.ts'
import { float, integer, isFloat, isInteger } from '../../values/number.ts'
import { typeName } from '../../values/type-name.ts'
import type { HostObject } from '../../values/value.ts'
import { type PythonClass, pythonClass } from './python-class.ts'

/** A duration: whole microseconds. */
export interface Timedelta {
  readonly micros: bigint
}

const units: readonly (readonly [name: string, micros: bigint])[] = [
  ['days', 86_400_000_000n],
  ['seconds', 1_000_000n],
  ['microseconds', 1n],
  ['milliseconds', 1000n],
  ['minutes', 60_000_000n],
  ['hours', 3_600_000_000n],
  ['weeks', 604_800_000_000n],
]
const day = units[0]![1]
const second = units[1]![1]
const maxDays = 999_999_999n

const timedeltas: PythonClass<Timedelta> = pythonClass<Timedelta>({
  name: 'datetime.timedelta',
  construct(args) {
    const given = bind(
      args,
      'timedelta()',
      units.map(([name]) => name),
    )
    let micros = 0n
    for (const [index, [name, size]] of units.entries()) {
      const value = given[index]
      if (value === undefined) continue
      if (isInteger(value)) micros += BigInt(value) * size
      else if (isFloat(value)) micros += fractionOf(value.value, size)
      else throw typeError(`timedelta() takes a number of ${name}, not ${typeName(value)}`)
    }
    return timedelta(micros)
  },
  fields: {
    days: ({ micros }) => Number(parts(micros).days),
    seconds: ({ micros }) => Number(parts(micros).seconds),
    microseconds: ({ micros }) => Number(parts(micros).rest),
  },
  methods: {
    total_seconds: ({ micros }) => float(Number(micros) / 1e6),
  },
  text: ({ micros }) => {
    const { days, seconds, rest } = parts(micros)
    const clock = [seconds / 3600n, pad((seconds / 60n) % 60n), pad(seconds % 60n)].join(':')
    const prefix = days === 0n ? '' : `${days} day${days === 1n || days === -1n ? '' : 's'}, `
    return prefix + clock + (rest === 0n ? '' : `.${pad(rest, 6)}`)
  },
  repr: ({ micros }) => `datetime.timedelta(${timedeltaArguments(micros)})`,
  identity: ({ micros }) => micros.toString(),
  truthy: ({ micros }) => micros !== 0n,
  operate({ micros }, operator, other, reflected) {
    const more = timedeltas.read(other)
    if (more !== undefined) {
      if (operator === '+') return timedelta(micros + more.micros)
      if (operator === '-') return timedelta(reflected ? more.micros - micros : micros - more.micros)
      const [left, right] = reflected ? [more.micros, micros] : [micros, more.micros]
      if (operator === '/' || operator === '//' || operator === '%') {
        if (right === 0n) throw new TemplateError('division by zero')
        if (operator === '/') return float(Number(left) / Number(right))
        const quotient = floorDivide(left, right)
        return operator === '//' ? integer(quotient) : timedelta(left - quotient * right)
      }
      return undefined
    }
    if (operator === '*' && isInteger(other)) return timedelta(micros * BigInt(other))
    if (operator === '*' && isFloat(other)) return timedelta(fractionOf(other.value, micros))
    if (reflected || (operator !== '/' && operator !== '//')) return undefined
    if (isInteger(other)) {
      const by = BigInt(other)
      if (by === 0n) throw new TemplateError('division by zero')
      return timedelta(operator === '//' ? floorDivide(micros, by) : divideHalfEven(micros, by))
    }
    if (isFloat(other) && operator === '/') {
      if (other.value === 0) throw new TemplateError('division by zero')
      return timedelta(roundHalfEven(Number(micros) / other.value))
    }
    return undefined
  },
  order({ micros }, other) {
    const more = timedeltas.read(other)
    return more === undefined ? undefined : micros < more.micros ? -1 : micros > more.micros ? 1 : 0
  },
})

export const timedeltaClass = timedeltas.value
export const readTimedelta = timedeltas.read

export function timedelta(micros: bigint): HostObject {
  const { days } = parts(micros)
  if (days > maxDays || days < -maxDays) {
    throw new TemplateError(`a timedelta of ${days} days; the limit is ${maxDays}`)
  }
  return timedeltas.create({ micros })
}

/** What stands in the parentheses of its repr: `days=1, seconds=2`. */
export function timedeltaArguments(micros: bigint): string {
  const { days, seconds, rest } = parts(micros)
  const named = Object.entries({ days, seconds, microseconds: rest }).filter(([, value]) => value !== 0n)
  return named.length === 0 ? '0' : named.map(([name, value]) => `${name}=${value}`).join(', ')
}

function parts(micros: bigint): { days: bigint; seconds: bigint; rest: bigint } {
  const days = floorDivide(micros, day)
  const left = micros - days * day
  return { days, seconds: left / second, rest: left % second }
}

function pad(value: bigint, width = 2): string {
  return value.toString().padStart(width, '0')
}

/** A fraction of a unit, whole part and rest apart, so that the whole part loses no digit. */
function fractionOf(count: number, size: bigint): bigint {
  if (!Number.isFinite(count)) throw new TemplateError('a timedelta cannot be infinite')
  const whole = Math.trunc(count)
  return BigInt(whole) * size + roundHalfEven((count - whole) * Number(size))
}

function roundHalfEven(value: number): bigint {
  if (!Number.isFinite(value)) throw new TemplateError('a timedelta cannot be infinite')
  const floor = Math.floor(value)
  const rest = value - floor
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0)
  return BigInt(up ? floor + 1 : floor)
}

function divideHalfEven(left: bigint, right: bigint): bigint {
  const quotient = floorDivide(left, right)
  const rest = left - quotient * right
  const twice = (rest < 0n ? -rest : rest) * 2n
  const size = right < 0n ? -right : right
  return twice > size || (twice === size && quotient % 2n !== 0n) ? quotient + 1n : quotient
}

function floorDivide(left: bigint, right: bigint): bigint {
  const quotient = left / right
  return left % right !== 0n && left < 0n !== right < 0n ? quotient - 1n : quotient
}
