import type { NodeId } from '@strata/core'

/** As dbt has it: macros of packages look for it. */
const prefix = '__dbt__cte__'

/** What the common table expression is called that holds the SQL of an ephemeral model. */
export function ephemeralName(model: string): string {
  return `${prefix}${model}`
}

/** The same where another model of that name, or another version of it, has the plain one. */
export function longEphemeralName(id: NodeId): string {
  return ephemeralName(id.split('.').slice(1).join('__'))
}

export function isEphemeralName(name: string): boolean {
  return name.startsWith(prefix)
}
