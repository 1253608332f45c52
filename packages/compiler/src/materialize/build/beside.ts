import { deriveName } from '@strata/core'

/** An index has its name in the schema, where the former one's is taken. */
export function beside(name: string): string {
  return deriveName(name, '__strata_new')
}
