import {
  type ModelStep,
  type PublishAction,
  quoteLiteral,
  quoteRelation,
  type RelationName,
} from '@strata/core'

/** COMMENT ON for the descriptions of a model or a seed. A described column that the relation does not have is passed over. */
export function commentActions(
  step: Pick<ModelStep, 'relation' | 'description' | 'columnDescriptions'>,
  kind: 'view' | 'table',
  on: RelationName = step.relation,
): readonly PublishAction[] {
  const actions: PublishAction[] = []
  if (step.description !== '') {
    const sql = `comment on ${kind} ${quoteRelation(on)} is ${quoteLiteral(step.description)}`
    actions.push({ kind: 'execute', sql })
  }
  const described = Object.entries(step.columnDescriptions)
  if (described.length > 0) actions.push({ kind: 'execute', sql: commentOnColumns(on, described) })
  return actions
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
    execute format('comment on column %s.%I is %L', ${quoteLiteral(target)}, described.attname, described.comment);
  end loop;
end`
  return `do ${quoteLiteral(body)}`
}
