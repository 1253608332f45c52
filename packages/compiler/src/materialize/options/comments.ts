import {
  type ModelStep,
  type PublishAction,
  quoteLiteral,
  quoteRelation,
  type RelationFacts,
  type RelationName,
} from '@strata/core'

/** The comments that the relation has by then: those of a new one are none. */
export type Comments = Pick<RelationFacts, 'comment' | 'columnComments'>

const none: Comments = { comment: null, columnComments: {} }

/**
 * COMMENT ON for the descriptions of a model or a seed that are not there yet: the statement takes a lock. A described column
 * that the relation does not have is passed over.
 */
export function commentActions(
  step: Pick<ModelStep, 'relation' | 'description' | 'columnDescriptions'>,
  kind: 'view' | 'table' | 'materialized view',
  present: Comments | null,
  on: RelationName = step.relation,
): readonly PublishAction[] {
  const { comment, columnComments } = present ?? none
  const actions: PublishAction[] = []
  if (step.description !== '' && step.description !== comment) {
    const sql = `comment on ${kind} ${quoteRelation(on)} is ${quoteLiteral(step.description)}`
    actions.push({ kind: 'execute', sql })
  }
  const described = Object.entries(step.columnDescriptions).filter(
    ([column, text]) => !Object.hasOwn(columnComments, column) || columnComments[column] !== text,
  )
  if (described.length > 0) actions.push({ kind: 'execute', sql: commentOnColumns(on, described) })
  return actions
}

/** Those that a relation gets from the one whose place it takes: statements about another kind of relation do not fit. */
export function carriedComments(former: RelationFacts | null, sameKind: boolean): Comments | null {
  return sameKind ? former : null
}

/** COMMENT takes no parameters and fails for a column that is not there, which only the catalog knows: hence a block. */
function commentOnColumns(on: RelationName, described: readonly (readonly [string, string])[]): string {
  const rows = described.map(([column, comment]) => `    (${quoteLiteral(column)}, ${quoteLiteral(comment)})`)
  const target = quoteRelation(on)
  const body = `
declare described record;
begin
  for described in
    select a.attname, d.comment from (values
${rows.join(',\n')}
    ) as d (name, comment)
    join pg_attribute a on a.attname = d.name and a.attrelid = ${quoteLiteral(target)}::regclass
    where a.attnum > 0 and not a.attisdropped
  loop
    execute pg_catalog.format('comment on column %s.%I is %L', ${quoteLiteral(target)}, described.attname, described.comment);
  end loop;
end`
  return `do ${quoteLiteral(body)}`
}
