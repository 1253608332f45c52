import { quoteLiteral, type RelationFacts, type RelationKind, StrataError } from '@strata/core'

/**
 * The captured statements, made fit for a relation whose columns may have changed: a comment or a grant on a column
 * that is gone, or its settings, are left out, as is what is said of an index or of statistics that went with it;
 * anything else that fails, a policy above all, fails the step.
 */
export function carryOverStatements(former: RelationFacts, becomes: RelationKind): readonly string[] {
  const sameKind = former.kind === becomes
  if (!sameKind && former.carryOver.some((statement) => /row level security/i.test(statement)))
    throw policiesWouldBeLost(becomes)
  const fitting = sameKind ? former.carryOver : former.carryOver.filter(fitsAnyKind).map(ofAnyKind)
  return fitting.map((statement) =>
    aboutColumn.test(statement) || aboutWhatMayBeGone.test(statement) ? unlessGone(statement) : statement,
  )
}

/** Its grants without its policies would show everybody every row. */
function policiesWouldBeLost(becomes: RelationKind): StrataError {
  return new StrataError({
    code: 'POLICIES_WOULD_BE_LOST',
    message: `the table has row-level security, which a ${becomes.replace('_', ' ')} cannot have`,
    hint: 'Nothing was changed. Drop the policies first if that is what you want, or keep the materialization.',
  })
}

const aboutColumn = /^(grant|comment on column|create statistics)\b/i

/** What may be gone with a column; and storage and compression are not for every type that a column may have by now. */
const aboutWhatMayBeGone =
  /^(alter statistics|comment on (constraint|index|statistics)|alter (table|materialized view) .* (alter column|cluster on))\b/is

const changesOwner = /^alter (table|view|materialized view) (?=.* owner to )/is

function fitsAnyKind(statement: string): boolean {
  return /^(grant|revoke|do 'begin set local role)\b/i.test(statement) || changesOwner.test(statement)
}

/** ALTER TABLE changes the owner of a relation of any kind. */
function ofAnyKind(statement: string): string {
  return statement.replace(changesOwner, 'alter table ')
}

function unlessGone(statement: string): string {
  const conditions = aboutColumn.test(statement)
    ? 'undefined_column'
    : 'undefined_column or undefined_object or undefined_table or feature_not_supported'
  const body = `begin execute ${quoteLiteral(statement)}; exception when ${conditions} then null; end`
  return `do ${quoteLiteral(body)}`
}
