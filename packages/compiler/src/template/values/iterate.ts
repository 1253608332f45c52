import { typeError } from '../template-error.ts'
import { tuple } from './collections.ts'
import { typeName } from './type-name.ts'
import type { Value } from './value.ts'

/** The items a `for` goes through: keys of a dict, characters of a text. Not a copy where the value is a list. */
export function iterate(value: Value): readonly Value[] {
  const items = tryIterate(value)
  if (items !== null) return items
  if (value === null) {
    throw typeError('none is not iterable', 'Give a default first: `{% for x in (items or []) %}`.')
  }
  throw typeError(`${typeName(value)} is not iterable`)
}

export function tryIterate(value: Value): readonly Value[] | null {
  if (typeof value === 'string') return codePoints(value)
  if (typeof value !== 'object' || value === null) return null
  if (Array.isArray(value)) return value
  switch (value.kind) {
    case 'tuple':
      return value.items
    case 'dict':
      return Array.from(value.entries.values(), (entry) => entry[0])
    case 'set':
      return [...value.entries.values()]
    case 'object':
      return value.iterate === null ? null : value.iterate()
    case 'undefined':
      value.use('empty')
      return []
    default:
      return null
  }
}

/** `len(value)` */
export function length(value: Value): number {
  if (typeof value === 'string') return hasSurrogates(value) ? codePoints(value).length : value.length
  if (typeof value === 'object' && value !== null) {
    if (Array.isArray(value)) return value.length
    if (value.kind === 'dict' || value.kind === 'set') return value.entries.size
    if (value.kind === 'undefined') {
      value.use('empty')
      return 0
    }
  }
  const items = tryIterate(value)
  if (items === null) throw typeError(`${typeName(value)} has no length`)
  return items.length
}

/** (key, value) tuples of a dict. */
export function pairs(value: Value): Value[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    if (value.kind === 'dict')
      return Array.from(value.entries.values(), (entry) => tuple([entry[0], entry[1]]))
    if (value.kind === 'undefined') {
      value.use('empty')
      return []
    }
  }
  throw typeError(`${typeName(value)} has no items`, 'Only a dict has keys and values.')
}

export function hasSurrogates(text: string): boolean {
  return /[\ud800-\udfff]/.test(text)
}

/** Python's characters: code points. */
export function codePoints(text: string): string[] {
  return hasSurrogates(text) ? [...text] : text.split('')
}
