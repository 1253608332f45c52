import { typeError } from '../template-error.ts'
import { typeName } from './type-name.ts'
import type { HashKey, Value } from './value.ts'

/** The Map key under which a value is found again. Throws for lists, dicts and sets, which Python does not hash. */
export function hashKey(value: Value): HashKey {
  switch (typeof value) {
    case 'string':
      return value.startsWith('\0') ? `\0s${value}` : value
    case 'number':
    case 'bigint':
      return value
    case 'boolean':
      return value ? 1 : 0
  }
  if (value === null) return null
  if (!Array.isArray(value)) {
    switch (value.kind) {
      case 'float':
        return value.value
      case 'tuple':
        return `\0t${JSON.stringify(value.items.map(itemKey))}`
      case 'object':
        return value.identity === null ? value : `\0o${JSON.stringify([value.type, value.identity])}`
      case 'undefined':
        value.use('empty')
        return '\0u'
      case 'macro':
      case 'function':
      case 'namespace':
      case 'loop':
        return value
    }
  }
  throw typeError(`${typeName(value)} cannot be a key of a dict or an item of a set`)
}

const objectNumbers = new WeakMap<object, number>()
let objectCount = 0

function itemKey(item: Value): unknown {
  const key = hashKey(item)
  if (typeof key === 'bigint') return { int: key.toString() }
  if (typeof key !== 'object' || key === null) return key
  let number = objectNumbers.get(key)
  if (number === undefined) {
    number = ++objectCount
    objectNumbers.set(key, number)
  }
  return { object: number }
}
