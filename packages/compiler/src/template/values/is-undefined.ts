import type { Undefined, Value } from './value.ts'

export function isUndefined(value: Value): value is Undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && value.kind === 'undefined'
}
