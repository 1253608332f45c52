import {
  type BatchSettings,
  type EdgeFacts,
  type ModelStep,
  type Publication,
  quoteIdentifier,
  quoteLiteral,
  quoteRelation,
  type StepFacts,
} from '@strata/core'
import { changeColumn } from '../build/change-column.ts'
import { beyondSnapshot } from '../edges/new-rows.ts'
import { leftColumn } from '../incremental/stage-edges.ts'

/**
 * The batches that rows of the parents fall into which changed beyond the watermarks, and those that they fell into before:
 * late ones, however late, and rows that moved or left. All of them where a watermark cannot be trusted.
 */
export function changedBatches(
  step: ModelStep,
  batches: BatchSettings,
  facts: StepFacts,
): Pick<Publication, 'staleBatches'> {
  if (facts.edges.length === 0) return {}
  const selects: string[] = []
  for (const edge of facts.edges) {
    if (edge.from === null) return { staleBatches: 'all' }
    const column = step.increments.find(({ parent }) => parent === edge.parent)?.eventTime
    if (column !== undefined) selects.push(...changesOf(edge, edge.from, facts.snapshot, column, batches))
  }
  return { staleBatches: { select: selects.join('\nunion\n') } }
}

function changesOf(
  edge: EdgeFacts,
  from: string,
  to: string,
  column: string,
  { size }: BatchSettings,
): readonly string[] {
  const start = `date_trunc(${quoteLiteral(size)}, ${quoteIdentifier(column)}::timestamp) as batch_start`
  const of = (relation: string, changed: string) =>
    `select ${start} from ${relation}\nwhere ${beyondSnapshot(changed, from, to)}`
  const now = of(quoteRelation(edge.relation), changeColumn)
  return edge.former?.columns.includes(column) === true
    ? [now, of(quoteRelation(edge.former.relation), leftColumn)]
    : [now]
}
