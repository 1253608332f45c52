import { quoteRelation, type RelationName } from '@strata/core'
import { type HostObject, hostObject } from '../template/index.ts'
import type { Reference } from './render-scope.ts'

/** The references behind the relation values that templates hold, for `increment()`. */
const references = new WeakMap<HostObject, Reference>()

/** A relation as templates see it: prints its quoted name, and tells its parts. */
export function relationValue(relation: RelationName, reference: Reference | null): HostObject {
  const value = hostObject({
    type: 'relation',
    attributes: {
      database: '',
      schema: relation.schema,
      identifier: relation.name,
      name: relation.name,
      table: relation.name,
    },
    text: () => quoteRelation(relation),
    identity: quoteRelation(relation),
  })
  if (reference !== null) references.set(value, reference)
  return value
}

/** What a relation value was made from; undefined for `this` and for values that are no relations. */
export function referenceOf(value: HostObject): Reference | undefined {
  return references.get(value)
}
