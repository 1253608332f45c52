import type { Value } from './value.ts'

/** The type as error messages name it, with its article: `an int`, `a str`, `none`. */
export function typeName(value: Value): string {
  if (value === null) return 'none'
  switch (typeof value) {
    case 'boolean':
      return 'a bool'
    case 'number':
    case 'bigint':
      return 'an int'
    case 'string':
      return 'a str'
  }
  if (Array.isArray(value)) return 'a list'
  const name = value.kind === 'object' ? value.type : value.kind
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`
}
