import { typeError } from '../template-error.ts'
import { equals } from './equals.ts'
import { hashKey } from './hash-key.ts'
import { isUndefined } from './is-undefined.ts'
import { iterate } from './iterate.ts'
import { typeName } from './type-name.ts'
import type { Value } from './value.ts'

/** `item in container` */
export function contains(container: Value, item: Value): boolean {
  if (typeof container === 'string') {
    if (typeof item === 'string') return container.includes(item)
    throw typeError(`only text can be looked for in text, not ${typeName(item)}`)
  }
  if (typeof container === 'object' && container !== null && !Array.isArray(container)) {
    if (container.kind === 'dict' || container.kind === 'set') {
      return !isUndefined(item) && container.entries.has(hashKey(item))
    }
    if (container.kind === 'object' && container.iterate === null && container.item !== null) {
      return container.item(item) !== undefined
    }
  }
  return iterate(container).some((candidate) => equals(candidate, item))
}
