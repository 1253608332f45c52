import { typeError } from '../template-error.ts'
import { tuple } from '../values/collections.ts'
import { hashKey } from '../values/hash-key.ts'
import { codePoints, hasSurrogates, iterate } from '../values/iterate.ts'
import { isInteger } from '../values/number.ts'
import { typeName } from '../values/type-name.ts'
import type { Value } from '../values/value.ts'

/** `target[key]`; undefined (JavaScript's) where there is no such item. */
export function itemOf(target: Value, key: Value): Value | undefined {
  if (typeof target === 'object' && target !== null && !Array.isArray(target)) {
    if (target.kind === 'dict') {
      if (Array.isArray(key) || isUnhashable(key)) return undefined
      return target.entries.get(hashKey(key))?.[1]
    }
    if (target.kind === 'object' && target.item !== null) return target.item(key)
  }
  if (!isInteger(key)) return undefined
  const index = Number(key)
  if (typeof target === 'string') {
    const characters = hasSurrogates(target) ? codePoints(target) : target
    return characters[index < 0 ? characters.length + index : index]
  }
  const items = sequenceOf(target)
  return items?.[index < 0 ? items.length + index : index]
}

function isUnhashable(key: Value): boolean {
  return (
    typeof key === 'object' &&
    key !== null &&
    !Array.isArray(key) &&
    (key.kind === 'dict' || key.kind === 'set')
  )
}

function sequenceOf(target: Value): readonly Value[] | undefined {
  if (Array.isArray(target)) return target
  if (typeof target !== 'object' || target === null) return undefined
  if (target.kind === 'tuple') return target.items
  if (target.kind === 'object' && target.iterate !== null) return target.iterate()
  return undefined
}

/** `target[start:stop:step]`; undefined (JavaScript's) for what has no parts, as Jinja has it. */
export function slice(target: Value, start: Value, stop: Value, step: Value): Value | undefined {
  const stride = bound(step) ?? 1
  if (stride === 0) throw typeError('the step of a slice cannot be zero')
  if (typeof target === 'string') {
    if (stride === 1 && !hasSurrogates(target)) {
      return target.slice(bound(start) ?? 0, bound(stop) ?? target.length)
    }
    return pick(codePoints(target), bound(start), bound(stop), stride).join('')
  }
  const items = sequenceOf(target)
  if (items === undefined) return undefined
  const picked = pick(items, bound(start), bound(stop), stride)
  return typeof target === 'object' && target !== null && !Array.isArray(target) && target.kind === 'tuple'
    ? tuple(picked)
    : picked
}

function bound(value: Value): number | null {
  if (value === null) return null
  if (isInteger(value)) return Number(value)
  throw typeError(`the bounds of a slice are integers, not ${typeName(value)}`)
}

function pick<T>(items: readonly T[], start: number | null, stop: number | null, step: number): T[] {
  const count = items.length
  const clamp = (index: number, low: number, high: number): number =>
    Math.max(low, Math.min(high, index < 0 ? index + count : index))
  const picked: T[] = []
  if (step > 0) {
    const last = stop === null ? count : clamp(stop, 0, count)
    for (let index = start === null ? 0 : clamp(start, 0, count); index < last; index += step)
      picked.push(items[index]!)
  } else {
    const last = stop === null ? -1 : clamp(stop, -1, count - 1)
    for (let index = start === null ? count - 1 : clamp(start, -1, count - 1); index > last; index += step) {
      picked.push(items[index]!)
    }
  }
  return picked
}

/** The items of a value that is unpacked into `count` names. */
export function unpack(value: Value, count: number): readonly Value[] {
  const items = iterate(value)
  if (items.length === count) return items
  const what = items.length < count ? 'not enough' : 'too many'
  throw typeError(`${what} values to unpack: expected ${count}, got ${items.length}`)
}
