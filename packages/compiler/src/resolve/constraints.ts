import type { Constraint } from '@strata/core'
import type { ConstraintProperties } from '../project/properties-schema.ts'

/** What `constraints:` of a column or model declares, to be spread into its node; nothing where there is none. */
export function constraintsOf(declared: readonly ConstraintProperties[] | null | undefined): {
  readonly constraints?: readonly Constraint[]
} {
  if (declared === null || declared === undefined || declared.length === 0) return {}
  return { constraints: declared.map(constraintOf) }
}

function constraintOf(declared: ConstraintProperties): Constraint {
  const { type, name, expression, columns, to, to_columns: toColumns } = declared
  return {
    type,
    name: name ?? null,
    expression: expression ?? null,
    ...(columns === null || columns === undefined ? {} : { columns }),
    warnUnenforced: declared.warn_unenforced !== false,
    warnUnsupported: declared.warn_unsupported !== false,
    to: to ?? null,
    toColumns: toColumns ?? [],
  }
}
