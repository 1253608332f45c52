import type { Value } from './value.ts'

/** What Python calls the type, for error messages. */
export function typeName(value: Value): string {
  if (value === null) return 'none'
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'number':
    case 'bigint':
      return 'int'
    case 'string':
      return 'str'
  }
  if (Array.isArray(value)) return 'list'
  if (value.kind === 'object') return value.type
  return value.kind
}
