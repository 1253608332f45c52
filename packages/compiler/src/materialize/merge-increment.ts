import {
  deriveName,
  type ModelStep,
  type PublishAction,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type RelationFacts,
  type StepFacts,
} from '@strata/core'
import { changeColumn } from './build-table.ts'
import { assertNoDuplicates } from './duplicate-keys.ts'
import { stageEdges } from './stage-edges.ts'
import { upsert } from './upsert.ts'

/** Stages the rows beyond the watermarks, runs the model's SELECT over them, checks the result, and merges it. */
export function mergeIncrement(
  step: ModelStep,
  facts: StepFacts,
  relation: RelationFacts,
  tracksChanges: boolean,
): readonly PublishAction[] {
  const edges = stageEdges(facts.edges, facts.snapshot)
  const fragments = step.select.increment ?? [step.select.full]
  const select = fragments
    .map((fragment) => (typeof fragment === 'string' ? fragment : edges.nameOf(fragment.incrementOf)))
    .join('')
  const stage = `pg_temp.${quoteIdentifier(deriveName(step.relation.name, '__strata_stage'))}`
  const kept = tracksChanges ? changeColumn : null
  const columns = relation.columns.map((column) => column.name).filter((name) => name !== kept)
  return [
    ...edges.actions,
    {
      kind: 'execute',
      sql: `create temp table ${unqualified(stage)} on commit drop as\n${select}`,
      select,
      counts: 'rows',
    },
    { kind: 'execute', sql: `analyze ${stage}` },
    assertSameColumns(step, stage, kept),
    ...assertNoDuplicates(step, stage, step.config.uniqueKey),
    ...upsert({ target: quoteRelation(step.relation), stage, columns, key: step.config.uniqueKey, kept }),
  ]
}

/** `create temp table pg_temp.x` is allowed too, but says it twice. */
function unqualified(stage: string): string {
  return stage.slice('pg_temp.'.length)
}

/** The SQL is what it was, but the relations under it may have got other columns: `select *`, a parent's new type. */
function assertSameColumns(step: ModelStep, stage: string, kept: string | null): PublishAction {
  const columnsOf = (relation: string, without: string | null) =>
    `select attname, format_type(atttypid, atttypmod) as type from pg_attribute
  where attrelid = ${quoteLiteral(relation)}::regclass and attnum > 0 and not attisdropped${
    without === null ? '' : ` and attname <> ${quoteLiteral(without)}`
  }`
  return {
    kind: 'assert_empty',
    sql: `select attname || case when has.type is null then ' is new' when gets.type is null then ' is gone'
  else ' was ' || has.type || ' and is ' || gets.type end as key
from (${columnsOf(stage, null)}) as gets
full join (${columnsOf(quoteRelation(step.relation), kept)}) as has using (attname)
where gets.type is distinct from has.type
order by attname limit 5`,
    code: 'COLUMNS_CHANGED',
    message: `the columns of ${step.name} are no longer those that its SELECT yields`,
    hint: `Rebuild it: models run --full-refresh --select ${step.relation.name}`,
  }
}
