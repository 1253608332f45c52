import { type Json, selectText, shapeOptions } from '@strata/core'
import type { RelationStep } from './step-state.ts'

/** What a relation was built from, as far as it is kept to be compared with later. */
export interface RelationDefinition {
  /** Null for a seed. */
  readonly sql: string | null
  readonly configuration: { readonly [option: string]: Json }
  readonly plannedFingerprint: string
}

export function definitionOf(step: RelationStep): RelationDefinition {
  return {
    sql: step.select === undefined ? null : selectText(step.select),
    configuration: shapeOptions(step.config ?? {}),
    plannedFingerprint: step.plannedFingerprint ?? step.fingerprint,
  }
}
