import { displayRelation, type ModelStep, type StepFacts, StrataError } from '@strata/core'

/** Tables with their partitions, and materialized views. */
const withXmin = ['r', 'p', 'm']

/** Throws `XMIN_UNAVAILABLE` where an edge is to be read by `xmin` and its rows have none. */
export function requireXmin(step: ModelStep, { edges }: StepFacts): void {
  for (const { by, relation } of edges) {
    if (by?.kind !== 'xmin') continue
    const without = by.relkinds.find((relkind) => !withXmin.includes(relkind))
    if (without === undefined) continue
    throw new StrataError({
      code: 'XMIN_UNAVAILABLE',
      message: `${step.name} reads ${displayRelation(relation)} by xmin, and ${describe(without, by.relkinds[0])} knows no transaction that wrote its rows`,
      hint: 'Name columns that say when a row was changed where the parent is declared (watermark: {columns: …}), or read it whole.',
    })
  }
}

function describe(relkind: string, own: string | undefined): string {
  const kind = relkind === 'v' ? 'a view' : relkind === 'f' ? 'a foreign table' : 'a relation of its kind'
  return relkind === own ? `as ${kind} it` : `${kind} that is part of it`
}
