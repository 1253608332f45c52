import { isNumber, toNumber } from './number.ts'
import type { Value } from './value.ts'

/** `a == b` in Python: numbers by value, collections by content, the rest by identity. */
export function equals(left: Value, right: Value): boolean {
  if (left === right) return true
  if (isNumber(left)) {
    if (!isNumber(right)) return false
    if (typeof left === 'bigint' || typeof right === 'bigint') {
      // JavaScript compares a bigint with a number exactly.
      const a = typeof left === 'bigint' ? left : toNumber(left)
      const b = typeof right === 'bigint' ? right : toNumber(right)
      // biome-ignore lint/suspicious/noDoubleEquals: only loose equality compares bigint with number
      return a == b
    }
    return toNumber(left) === toNumber(right)
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (Array.isArray(left)) return Array.isArray(right) && sameItems(left, right)
  if (Array.isArray(right) || left.kind !== right.kind) return false
  switch (left.kind) {
    case 'tuple':
      return right.kind === 'tuple' && sameItems(left.items, right.items)
    case 'dict': {
      if (right.kind !== 'dict' || left.entries.size !== right.entries.size) return false
      for (const [key, entry] of left.entries) {
        const other = right.entries.get(key)
        if (other === undefined || !equals(entry[1], other[1])) return false
      }
      return true
    }
    case 'set':
      if (right.kind !== 'set' || left.entries.size !== right.entries.size) return false
      return [...left.entries.keys()].every((key) => right.entries.has(key))
    case 'object':
      if (right.kind !== 'object' || left.identity === null) return false
      return left.identity === right.identity && left.type === right.type
    case 'undefined':
      return true
    case 'macro':
      return right.kind === 'macro' && left.body === right.body && left.scope === right.scope
    default:
      return false
  }
}

function sameItems(left: readonly Value[], right: readonly Value[]): boolean {
  return left.length === right.length && left.every((item, index) => equals(item, right[index]!))
}
