import {
  deriveName,
  type ModelStep,
  type PublishAction,
  quoteIdentifier,
  quoteRelation,
  type RelationName,
  type StepFacts,
} from '@strata/core'
import { changeColumn } from '../build/change-column.ts'
import { fillTable } from '../build/fill-table.ts'
import { assertNoDuplicates } from './duplicate-keys.ts'
import { type IncrementalStrategy, strategyOf } from './incremental-strategy.ts'
import { matchKey } from './key-match.ts'
import { removeFromGroups, removeLeavers } from './leavers.ts'
import { columnChanges, compareColumns, reconcileColumns } from './schema-change.ts'
import { type StagedEdges, stageEdges } from './stage-edges.ts'
import { upsert } from './upsert.ts'

/** Stages the rows beyond the watermarks, runs the model's SELECT over them, checks the result, and brings it in. */
export function mergeIncrement(
  step: ModelStep,
  facts: StepFacts,
  tracksChanges: boolean,
): readonly PublishAction[] {
  const edges = stageEdges(
    facts.edges,
    step.increments,
    step.select.increment ?? [step.select.full],
    facts.snapshot,
  )
  const { select } = edges
  const stage = stageOf(step)
  const kept = tracksChanges ? changeColumn : null
  return [
    ...edges.actions,
    ...fillTable(
      step,
      { create: 'create temp table', name: unqualified(stage), tail: ' on commit drop' },
      { from: select, select, counts: 'rows' },
    ),
    {
      kind: 'ask',
      sql: compareColumns(stage, quoteRelation(step.relation), kept),
      proceed: (rows) => {
        const { actions, columns } = reconcileColumns(step, columnChanges(rows))
        return {
          actions: [...actions, ...analyzeStage(step, columns), ...bringIn(step, edges, columns, kept)],
        }
      },
    },
  ]
}

export function stageOf(step: ModelStep): string {
  return `pg_temp.${quoteIdentifier(stageRelation(step).name)}`
}

export function stageRelation(step: ModelStep): RelationName {
  return { schema: 'pg_temp', name: deriveName(step.relation.name, '__strata_stage') }
}

/** `create temp table pg_temp.x` is allowed too, but says it twice. */
export function unqualified(stage: string): string {
  return stage.slice('pg_temp.'.length)
}

/** Only what it is joined by: what the values of wide columns are like takes longer to find out than the copy took. */
function analyzeStage(step: ModelStep, columns: readonly string[]): readonly PublishAction[] {
  const strategy = strategyOf(step)
  if (strategy.kind === 'append') return []
  const isPlain = strategy.kind === 'merge' || strategy.predicates.length === 0
  const isKnown = strategy.key.every((column) => columns.includes(column))
  const joined = isPlain && isKnown ? ` (${strategy.key.map(quoteIdentifier).join(', ')})` : ''
  return [{ kind: 'execute', sql: `analyze ${stageOf(step)}${joined}` }]
}

function bringIn(
  step: ModelStep,
  edges: StagedEdges,
  columns: readonly string[],
  kept: string | null,
): readonly PublishAction[] {
  const strategy = strategyOf(step)
  const target = quoteRelation(step.relation)
  const table = stageOf(step)
  const key = strategy.kind === 'merge' ? strategy.key : []
  const write = (untouched: readonly string[] = []) =>
    upsert({ target, stage: table, columns, key, untouched, kept })
  switch (strategy.kind) {
    case 'append':
      return [...removeFromGroups(step, { table, key }, edges.keys), ...write()]
    case 'delete+insert':
      return [
        // What a predicate protects stays, whether its row left or not.
        ...(strategy.predicates.length === 0
          ? removeLeavers(step, { table, columns, key: strategy.key, select: edges.select }, edges.rows)
          : []),
        ...removeFromGroups(step, { table, key }, edges.keys),
        ...giveWay(target, table, strategy),
        ...write(),
      ]
    case 'merge':
      return [
        ...removeLeavers(step, { table, columns, key, select: edges.select }, edges.rows),
        ...assertNoDuplicates(step, table, key),
        ...removeFromGroups(step, { table, key }, edges.keys),
        ...write(columns.filter(strategy.untouched)),
      ]
  }
}

/** The names that dbt gives both sides may stand in predicates. */
function giveWay(
  target: string,
  stage: string,
  { key, predicates }: Extract<IncrementalStrategy, { kind: 'delete+insert' }>,
): readonly PublishAction[] {
  const also = predicates.map((predicate) => `\n  and (${withOurAliases(predicate)})`).join('')
  return matchKey(key).map((match) => ({
    kind: 'execute',
    sql: `delete from ${target} as t
where exists (select from ${stage} as s where ${match.rows} and ${match.same})${also}`,
    counts: 'deleted',
  }))
}

function withOurAliases(predicate: string): string {
  return predicate.replace(/\bDBT_INTERNAL_DEST\b/gi, 't').replace(/\bDBT_INTERNAL_SOURCE\b/gi, 's')
}
