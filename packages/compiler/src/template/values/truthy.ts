import type { Value } from './value.ts'

/** Python's truth: zero, empty and None are false. */
export function truthy(value: Value): boolean {
  if (typeof value !== 'object') return value !== 0 && value !== '' && value !== false && value !== 0n
  if (value === null) return false
  if (Array.isArray(value)) return value.length > 0
  switch (value.kind) {
    case 'float':
      return value.value !== 0
    case 'tuple':
      return value.items.length > 0
    case 'dict':
    case 'set':
      return value.entries.size > 0
    case 'undefined':
      return false
    case 'object':
      return value.truthy === null || value.truthy()
    default:
      return true
  }
}
