import { quoteLiteral, type RelationFacts, type RelationKind } from '@strata/core'

/**
 * The captured statements, made fit for a relation whose columns may have changed: a comment or a grant on a column
 * that is gone is left out; anything else that fails, a policy above all, fails the step.
 */
export function carryOverStatements(former: RelationFacts, becomes: RelationKind): readonly string[] {
  const sameKind = former.kind === becomes
  const fitting = sameKind ? former.carryOver : former.carryOver.filter(fitsAnyKind)
  return fitting.map((statement) => (aboutColumn.test(statement) ? unlessColumnIsGone(statement) : statement))
}

const aboutColumn = /^(grant|comment on column)\b/i

function fitsAnyKind(statement: string): boolean {
  return /^(grant\b|alter table .* owner to )/is.test(statement)
}

function unlessColumnIsGone(statement: string): string {
  const body = `begin execute ${quoteLiteral(statement)}; exception when undefined_column then null; end`
  return `do ${quoteLiteral(body)}`
}
