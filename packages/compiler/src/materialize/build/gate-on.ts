import type { PublishAction, RelationName, Step } from '@strata/core'

/** The tests that gate a step look at what was made beside, before it takes its place: readers wait for none of them. */
export function gateOn({ gated }: Pick<Step, 'gated'>, relation: RelationName): readonly PublishAction[] {
  return gated === true ? [{ kind: 'gate', relation }] : []
}
