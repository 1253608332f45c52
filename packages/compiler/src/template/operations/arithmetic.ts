import { checkItems, checkTextLength, maxIntegerBits } from '../limits.ts'
import type { BinaryOperator } from '../syntax/template.ts'
import { TemplateError, typeError } from '../template-error.ts'
import { setOf, tuple } from '../values/collections.ts'
import { float, integer, isInteger, isNumber, toNumber } from '../values/number.ts'
import { typeName } from '../values/type-name.ts'
import type { Value } from '../values/value.ts'
import { formatPercent } from './format-percent.ts'

/** `left operator right` by Python's rules. */
export function arithmetic(operator: BinaryOperator, left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number') {
    const quick = quickArithmetic(operator, left, right)
    if (quick !== undefined && Number.isSafeInteger(quick) && !Object.is(quick, -0)) return quick
  }
  if (isNumber(left) && isNumber(right)) {
    if (isInteger(left) && isInteger(right)) return integerArithmetic(operator, BigInt(left), BigInt(right))
    return float(floatArithmetic(operator, toNumber(left), toNumber(right)))
  }
  if (operator === '%' && typeof left === 'string') return formatPercent(left, right)
  const result =
    operator === '+'
      ? concatenate(left, right)
      : operator === '*'
        ? (repeat(left, right) ?? repeat(right, left))
        : operator === '-'
          ? difference(left, right)
          : undefined
  if (result !== undefined) return result
  for (const operand of [left, right]) {
    if (isKind(operand, 'undefined')) throw operand.fault()
  }
  const computed =
    (isKind(left, 'object') ? left.operate?.(operator, right, false) : undefined) ??
    (isKind(right, 'object') ? right.operate?.(operator, left, true) : undefined)
  if (computed !== undefined) return computed
  const text = typeof left === 'string' || typeof right === 'string'
  throw typeError(
    `"${operator}" does not work between ${typeName(left)} and ${typeName(right)}`,
    operator === '+' && text ? 'Join text with `~`, which takes values of any type.' : undefined,
  )
}

export function negate(value: Value): Value {
  if (isInteger(value)) return integer(-BigInt(value))
  if (isKind(value, 'float')) return float(-value.value)
  if (isKind(value, 'undefined')) throw value.fault()
  const turned = isKind(value, 'object') ? value.operate?.('*', -1, false) : undefined
  if (turned !== undefined) return turned
  throw typeError(`"-" does not work on ${typeName(value)}`)
}

function isKind<K extends string>(value: Value, kind: K): value is Extract<Value, { kind: K }> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === kind
}

function quickArithmetic(operator: BinaryOperator, left: number, right: number): number | undefined {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '//':
      return right === 0 ? undefined : Math.floor(left / right)
    default:
      return undefined
  }
}

function integerArithmetic(operator: BinaryOperator, left: bigint, right: bigint): Value {
  switch (operator) {
    case '+':
      return integer(left + right)
    case '-':
      return integer(left - right)
    case '*':
      return integer(left * right)
    case '/':
      if (right === 0n) throw divisionByZero()
      return float(Number(left) / Number(right))
    case '//': {
      if (right === 0n) throw divisionByZero()
      const quotient = left / right
      return integer(left % right !== 0n && left < 0n !== right < 0n ? quotient - 1n : quotient)
    }
    case '%': {
      if (right === 0n) throw divisionByZero()
      const rest = left % right
      return integer(rest !== 0n && rest < 0n !== right < 0n ? rest + right : rest)
    }
    case '**': {
      if (right < 0n) {
        if (left === 0n) throw divisionByZero()
        return float(Number(left) ** Number(right))
      }
      const bits = left.toString(16).length * 4
      if (bits > 4 || (left !== 0n && left !== 1n && left !== -1n)) {
        if (right > BigInt(maxIntegerBits) || BigInt(bits) * right > BigInt(maxIntegerBits) * 4n) {
          throw new TemplateError('an integer too large to compute with', { code: 'TEMPLATE_SIZE_LIMIT' })
        }
      } else if (left === -1n) return right % 2n === 0n ? 1 : -1
      else return right === 0n ? 1 : Number(left)
      return integer(left ** right)
    }
  }
}

function floatArithmetic(operator: BinaryOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      if (right === 0) throw divisionByZero()
      return left / right
    case '//':
      if (right === 0) throw divisionByZero()
      return floorDivide(left, right)
    case '%': {
      if (right === 0) throw divisionByZero()
      const rest = left % right
      if (rest === 0) return right < 0 ? -0 : 0
      return rest < 0 !== right < 0 ? rest + right : rest
    }
    case '**':
      if (left === 0 && right < 0) throw divisionByZero()
      return power(left, right)
  }
}

/** By the remainder, as Python does: dividing first would round up what is just below an integer. */
function floorDivide(left: number, right: number): number {
  const rest = left % right
  const quotient = Math.round((left - rest) / right)
  return rest !== 0 && rest < 0 !== right < 0 ? quotient - 1 : quotient
}

function power(left: number, right: number): number {
  const result = left ** right
  if (!Number.isFinite(result) && Number.isFinite(left) && Number.isFinite(right)) {
    throw new TemplateError('this power has no finite real value')
  }
  return result
}

function divisionByZero(): TemplateError {
  return new TemplateError('division by zero')
}

function concatenate(left: Value, right: Value): Value | undefined {
  if (typeof left === 'string' && typeof right === 'string') {
    checkTextLength(left.length + right.length)
    return left + right
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    checkItems(left.length + right.length)
    return left.concat(right)
  }
  if (isKind(left, 'tuple') && isKind(right, 'tuple')) {
    checkItems(left.items.length + right.items.length)
    return tuple(left.items.concat(right.items))
  }
  return undefined
}

function repeat(value: Value, times: Value): Value | undefined {
  if (!isInteger(times)) return undefined
  const count = Math.max(0, Number(times))
  if (typeof value === 'string') {
    if (value === '') return ''
    checkTextLength(value.length * count)
    return value.repeat(count)
  }
  if (!Array.isArray(value) && !isKind(value, 'tuple')) return undefined
  const items = Array.isArray(value) ? value : value.items
  if (items.length === 0) return Array.isArray(value) ? [] : value
  checkItems(items.length * count)
  const repeated: Value[] = []
  for (let index = 0; index < count; index++) repeated.push(...items)
  return Array.isArray(value) ? repeated : tuple(repeated)
}

function difference(left: Value, right: Value): Value | undefined {
  if (!isKind(left, 'set') || !isKind(right, 'set')) return undefined
  return setOf([...left.entries].filter(([key]) => !right.entries.has(key)).map(([, item]) => item))
}
