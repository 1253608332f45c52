import type { EnforcedConstraint, IndexFacts, ModelStep, RelationFacts } from '@strata/core'

/**
 * The constraint of the contract whose index enforces the key as well as one of the key's own would: of the same columns, in any order, of
 * which none can be null twice. Null where there is none.
 */
export function keyConstraint(
  contract: ModelStep['contract'],
  key: readonly string[],
): EnforcedConstraint | null {
  if (key.length === 0) return null
  const fits = ({ type, definition, columns }: EnforcedConstraint) =>
    (type === 'primary_key' || type === 'unique') && plain.test(definition) && sameColumns(columns, key)
  return contract?.constraints.find(fits) ?? null
}

/** Its index on the relation as it is; null where it has still to be made, or is on other columns. */
export function keyConstraintIndex(
  contract: ModelStep['contract'],
  relation: RelationFacts,
  key: readonly string[],
): IndexFacts | null {
  const constraint = keyConstraint(contract, key)
  if (constraint === null) return null
  const serves = ({ name, constraint: behind, valid, unique, columns }: IndexFacts) =>
    name === constraint.name && behind && valid && unique && columns !== null && sameColumns(columns, key)
  return relation.indexes.find(serves) ?? null
}

/** A unique constraint lets nulls be there twice unless it says otherwise; one that is checked later, or on more columns, is another. */
const plain = /^(primary key|unique nulls not distinct) \([^()]*\)$/i

function sameColumns(one: readonly string[], other: readonly string[]): boolean {
  return one.toSorted().join('\n') === other.toSorted().join('\n')
}
