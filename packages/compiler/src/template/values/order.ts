import { typeError } from '../template-error.ts'
import { equals } from './equals.ts'
import { isUndefined } from './is-undefined.ts'
import { isNumber, toNumber } from './number.ts'
import { typeName } from './type-name.ts'
import type { Value } from './value.ts'

/** Negative, zero or positive, as Python orders them (NaN: not a number); throws where Python cannot tell. */
export function order(left: Value, right: Value): number {
  if (typeof left === 'string' && typeof right === 'string') return orderText(left, right)
  if (isNumber(left) && isNumber(right)) {
    const a = typeof left === 'bigint' ? left : toNumber(left)
    const b = typeof right === 'bigint' ? right : toNumber(right)
    return a < b ? -1 : a > b ? 1 : a >= b ? 0 : Number.NaN
  }
  if (typeof left === 'object' && typeof right === 'object' && left !== null && right !== null) {
    if (Array.isArray(left) && Array.isArray(right)) return orderItems(left, right)
    if (!Array.isArray(left) && !Array.isArray(right) && left.kind === 'tuple' && right.kind === 'tuple') {
      return orderItems(left.items, right.items)
    }
  }
  const ordered = orderObjects(left, right)
  if (ordered !== undefined) return ordered
  for (const value of [left, right]) {
    if (isUndefined(value)) {
      throw value.fault()
    }
  }
  throw typeError(
    `${typeName(left)} and ${typeName(right)} cannot be ordered`,
    'Convert one of them first, for instance with `| int` or `| string`.',
  )
}

function orderObjects(left: Value, right: Value): number | undefined {
  if (typeof left === 'object' && left !== null && !Array.isArray(left) && left.kind === 'object') {
    return left.order?.(right)
  }
  return undefined
}

function orderItems(left: readonly Value[], right: readonly Value[]): number {
  const shared = Math.min(left.length, right.length)
  for (let index = 0; index < shared; index++) {
    if (!equals(left[index]!, right[index]!)) return order(left[index]!, right[index]!)
  }
  return left.length - right.length
}

/** By code points: UTF-16 puts the characters beyond U+FFFF before those from U+E000. */
export function orderText(left: string, right: string): number {
  const shared = Math.min(left.length, right.length)
  for (let index = 0; index < shared; index++) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a === b) continue
    const fix = (unit: number): number =>
      unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit
    return fix(a) - fix(b)
  }
  return left.length - right.length
}
