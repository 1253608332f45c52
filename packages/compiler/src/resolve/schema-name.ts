import type { Target } from '@strata/core'

/** The schema in which a target builds a model with this `schema` option: the target's prefix before it. */
export function schemaName(target: Target, option: string | null): string {
  return `${target.prefix}${option ?? target.defaultSchema}`
}
