import { type ModelStep, type RelationFacts, StrataError } from '@strata/core'

/**
 * Throws `BOUND_OBJECTS`. Materialized views are passed over: whether they may stay on the former relation until their own
 * steps, the runner knows.
 */
export function assertUnbound(step: Pick<ModelStep, 'name'>, former: RelationFacts): void {
  if (onlyMaterializedViews(former)) return
  throw new StrataError({
    code: 'BOUND_OBJECTS',
    message: `${step.name} cannot be replaced, for other objects are bound to it: ${describeBound(former)}`,
    hint: 'Nothing was changed. Drop what is bound to it, run again, and make it anew.',
  })
}

/** Whether nothing but materialized views is bound to it, which may be ours. */
export function onlyMaterializedViews({ bound }: Pick<RelationFacts, 'bound'>): boolean {
  return bound.every(({ type }) => type === 'materialized view')
}

export function describeBound({ bound }: Pick<RelationFacts, 'bound'>): string {
  const named = bound.slice(0, 5).map(({ type, identity }) => `${type} ${identity}`)
  return bound.length > named.length ? `${named.join(', ')}, …` : named.join(', ')
}
