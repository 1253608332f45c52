import {
  type Diagnostic,
  displayRelation,
  type Location,
  maxIdentifierBytes,
  type RelationName,
} from '@strata/core'

/** A node that has a name for `ref()` and, unless it is ephemeral, builds a relation. */
export interface Claimant {
  readonly kind: string
  readonly name: string
  readonly packageName: string
  readonly version: string | number | null
  readonly location: Location
  /** Where its configuration stands, which may name the relation. */
  readonly configLocation: Location
  /** Null: builds none. */
  readonly relation: RelationName | null
}

/** Postgres would cut them without a word, and two nodes could become one relation. */
export function tooLongNames({ kind, relation, configLocation: location }: Claimant): Diagnostic[] {
  return (relation === null ? [] : [relation.name, relation.schema])
    .filter((name) => Buffer.byteLength(name) > maxIdentifierBytes)
    .map((name) => ({
      code: 'NAME_TOO_LONG',
      severity: 'error',
      message: `the name "${name}" has ${Buffer.byteLength(name)} bytes; Postgres takes ${maxIdentifierBytes}`,
      hint: `Give the ${kind} a shorter alias or schema; the prefix of the target counts.`,
      location,
    }))
}

/** Two files of one name, or two nodes that would build one relation. */
export function duplicates(claimants: readonly Claimant[]): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  const names = new Map<string, Claimant>()
  const relations = new Map<string, Claimant>()
  for (const one of claimants) {
    const nameKey = `${one.packageName}.${one.name}.${one.version ?? ''}`
    const sameName = names.get(nameKey)
    const relationKey = one.relation === null ? null : displayRelation(one.relation)
    const sameRelation = relationKey === null ? undefined : relations.get(relationKey)
    if (sameName !== undefined) {
      const what =
        sameName.kind === one.kind ? `two ${one.kind}s are` : `a ${sameName.kind} and a ${one.kind} are both`
      diagnostics.push({
        code: 'DUPLICATE_NAME',
        severity: 'error',
        message: `${what} named "${one.name}"`,
        hint: `Rename one of the files: ref() finds a ${one.kind} by its file name, whatever its folder.`,
        location: one.location,
        related: [{ message: 'the other one is here', location: sameName.location }],
      })
    } else if (sameRelation !== undefined) {
      diagnostics.push({
        code: 'DUPLICATE_RELATION',
        severity: 'error',
        message: `${one.name} and ${sameRelation.name} would both build ${relationKey}`,
        hint: 'Give one of them another alias or schema.',
        location: one.configLocation,
        related: [{ message: `${sameRelation.name} is here`, location: sameRelation.location }],
      })
    }
    names.set(nameKey, one)
    if (relationKey !== null) relations.set(relationKey, one)
  }
  return diagnostics
}
